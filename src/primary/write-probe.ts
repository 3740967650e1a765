import { messageOf } from '../logging/describe-error.js';
import { QueueUnavailableError } from '../redis/queue-unavailable.js';
import { within } from '../timing/within.js';

/** Whether Redis takes a write, asked by many and tried for all of them together. */
export interface WriteProbe {
  /**
   * Resolves when what is known is recent, or when Redis takes longer than this. Never rejects.
   *
   * @param waitMs while the last write was taken; after one that was not, the answer is known and comes at once
   */
  look(waitMs: number): Promise<void>;
  /** In Redis' own words; undefined: it took the last one. */
  readonly problem: string | undefined;
}

/** Between two writes that are sent, however many ask and whatever comes of them. Milliseconds. */
const everyMs = 1000;

/** How long "no" waits for a probe that may make it a "yes". Milliseconds. */
const recoveryWaitMs = 100;

/** @param write rejects within about a second when Redis does not take it */
export function createWriteProbe(write: () => Promise<void>): WriteProbe {
  let problem: string | undefined;
  let startedMs = Number.NEGATIVE_INFINITY;
  let probing: Promise<void> | undefined;

  return {
    async look(waitMs) {
      if (probing === undefined && performance.now() - startedMs >= everyMs) {
        startedMs = performance.now();
        probing = write()
          .then(
            () => (problem = undefined),
            (error: unknown) => {
              problem = messageOf(error);
              // The next one to ask may find a connection.
              if (error instanceof QueueUnavailableError && !error.asked) startedMs = Number.NEGATIVE_INFINITY;
            },
          )
          .then(() => (probing = undefined));
      }
      if (probing === undefined) return;
      await within(problem === undefined ? waitMs : Math.min(waitMs, recoveryWaitMs), probing, () => undefined);
    },
    get problem() {
      return problem;
    },
  };
}

import { QueueUnavailableError, reasonOf } from '../../redis/queue-unavailable.js';
import { within } from '../../timing/within.js';

/** Tests whether Redis accepts writes. Concurrent checks share one test write; there is at most one a second. */
export interface WriteProbe {
  /**
   * Resolves when `problem` is at most a second old, or after `waitMs`. Never rejects.
   *
   * @param waitMs milliseconds; while the last write failed, at most 100
   */
  look(waitMs: number): Promise<void>;
  /** Redis' error message; undefined: the last write succeeded. */
  readonly problem: string | undefined;
}

/** Interval of test writes. Milliseconds. */
const everyMs = 1000;

/** How long a check waits while the last write failed, in case Redis has recovered. Milliseconds. */
const recoveryWaitMs = 100;

/** @param write rejects within about a second when Redis refuses it */
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
              problem = reasonOf(error);
              // The write was not sent: the next check may find a connection.
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

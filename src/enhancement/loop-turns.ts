import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

/** Far below the 50 ms that nothing may block the event loop for: the work between two checks comes on top. */
const longestTurnMs = 5;
/** Work up to this length takes one turn after the other: most tenants' indexes, and all searches. */
const uninterruptedMs = 250;
/**
 * Longer work sleeps after each turn for this multiple of the turn's length, which leaves the processor to others. Not in a
 * thread: it has a loop of its own.
 */
const sleepFactor = 2;

/** Divides long work into turns of the event loop, so that other jobs, locks and timers are served in between. */
export interface LoopTurns {
  /** To be awaited after each small piece of work. Waits for the next turn only when this one has taken long. */
  pause(): Promise<void> | undefined;
}

export function createLoopTurns(): LoopTurns {
  // Not the time of a clock: that of a caller which divides its work too would count our sleep as work, and we its.
  let began = performance.eventLoopUtilization();
  let workedMs = 0;
  return {
    pause() {
      const turnMs = performance.eventLoopUtilization(began).active;
      if (turnMs < longestTurnMs) return undefined;
      workedMs += turnMs;
      const next = workedMs < uninterruptedMs || !isMainThread ? setImmediate() : sleep(turnMs * sleepFactor);
      return next.then(() => {
        began = performance.eventLoopUtilization();
      });
    },
  };
}

/**
 * Runs work that yields after each piece of it.
 *
 * @param afterPiece called after each piece. Default: nothing is
 */
export async function inTurns(
  work: Generator<void, void, void>,
  turns: LoopTurns,
  afterPiece: () => void = () => undefined,
): Promise<void> {
  for (const _ of work) {
    afterPiece();
    await turns.pause();
  }
}

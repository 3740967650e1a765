import { setImmediate } from 'node:timers/promises';
import { startThreadWatch } from './own-time.js';

const mostRuns = 12;

/** The longest turn of the event loop while some work is under way, milliseconds. */
async function longestTurnMs(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let ended = false;
  const ending = work().finally(() => {
    ended = true;
  });
  while (!ended) {
    const turnMs = startThreadWatch();
    await setImmediate();
    longest = Math.max(longest, turnMs());
  }
  await ending;
  return longest;
}

/**
 * How long some work keeps the event loop from anything else: the least of some runs, which end with the first that is
 * within the bound. A busy machine makes a run slower; work that is too long is too long in each.
 */
export async function blockedMs(boundMs: number, work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < mostRuns && least > boundMs; run++) least = Math.min(least, await longestTurnMs(work));
  return least;
}

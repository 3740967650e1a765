import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

/** Processor time of this process, milliseconds. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * How long at a stretch some work keeps the event loop from anything else, milliseconds: the longest turn of the loop
 * while the work is under way. A turn counts by the clock or by processor time, whichever is less: the one grows when
 * other processes have the processor, the other when helper threads of this one work too.
 */
async function longestStretchMs(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let ended = false;
  const ending = work().finally(() => {
    ended = true;
  });
  while (!ended) {
    const startMs = performance.now();
    const startProcessorMs = processorMs();
    await setImmediate();
    longest = Math.max(longest, Math.min(performance.now() - startMs, processorMs() - startProcessorMs));
  }
  await ending;
  return longest;
}

/**
 * The least of some runs, which ends with the first that is within the bound: another process may take the processor
 * in one run, but work that is too long is too long in each.
 */
export async function blockedMs(boundMs: number, work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5 && least > boundMs; run++) least = Math.min(least, await longestStretchMs(work));
  return least;
}

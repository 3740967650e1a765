import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/**
 * Starts a watch for work of this process on a machine that does other work too: by the clock or by processor time,
 * whichever is less. The one grows when other processes have the processor, the other when helper threads work.
 *
 * @returns the milliseconds since
 */
export function startWatch(): () => number {
  const startMs = performance.now();
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return Math.min(performance.now() - startMs, (user + system) / 1000);
  };
}

/**
 * The same for work of many milliseconds: the kernel counts this thread's time alone, but in steps of up to 4 ms. Elsewhere than on
 * Linux it is {@link startWatch}.
 */
export function startThreadWatch(): () => number {
  if (process.platform !== 'linux') return startWatch();
  const ranMs = (): number => Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ', 1)[0]) / 1e6;
  const beforeMs = ranMs();
  return () => ranMs() - beforeMs;
}

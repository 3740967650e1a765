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

/** Jobs that wait for a time, which is a time of the wall clock. */

/**
 * Nothing waits longer. So a job that is due later than this from now was delayed under a clock that was wrong.
 * Milliseconds.
 */
export const longestDelayMs = 300_000;

const firstRetryMs = 1000;

/**
 * How long a job waits after a failed attempt: 1 s, 2 s, 4 s and on to five minutes, each spread down to its half, so that
 * what failed together does not come back together.
 *
 * @param attemptsMade 1 or more
 * @param hopelessMs in which no attempt can succeed, before all of that. Default: 0
 */
export function retryDelayMs(attemptsMade: number, hopelessMs = 0): number {
  const ownMs = Math.min(firstRetryMs * 2 ** (attemptsMade - 1), longestDelayMs) * (1 - Math.random() / 2);
  return Math.round(Math.min(hopelessMs + ownMs, longestDelayMs));
}

/** The name under which a worker knows {@link retryDelayMs}: BullMQ's own growing delay has no end. */
export const retryBackoff = 'capped-exponential';

/** BullMQ keeps a delayed job under its time in epoch milliseconds, times this. */
const scoreScale = 0x1000;

export function dueAtMs(score: number): number {
  return Math.floor(score / scoreScale);
}

export function scoreOf(dueMs: number): number {
  return dueMs * scoreScale;
}

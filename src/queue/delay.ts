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
 */
export function retryDelayMs(attemptsMade: number): number {
  return Math.round(Math.min(firstRetryMs * 2 ** (attemptsMade - 1), longestDelayMs) * (1 - Math.random() / 2));
}

const firstDeferralMs = 5000;

/** When a deferred job may succeed, as far as that was said. */
export interface DeferralHints {
  /** The other side asked for this pause, milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Nothing can succeed before so many milliseconds have passed. */
  readonly deferMs?: number | undefined;
}

/**
 * How long a deferred job waits. What the other side asked for comes first; without that 5 s, 10 s, 20 s and on to five
 * minutes, and no less than nothing can succeed for. The jitter never shortens a pause that was asked for.
 *
 * @param waits how many delays in a row it has waited out
 */
export function deferralDelayMs(waits: number, { retryAfterMs, deferMs = 0 }: DeferralHints): number {
  const spread = (ms: number): number => ms * (1 + Math.random() / 5);
  const grownMs = Math.min(firstDeferralMs * 2 ** waits, longestDelayMs) * (1 - Math.random() / 5);
  const delayMs =
    retryAfterMs === undefined ? Math.max(grownMs, spread(deferMs)) : spread(Math.max(retryAfterMs, deferMs));
  return Math.round(Math.min(Math.max(delayMs, shortestDeferralMs), longestDelayMs));
}

/** However soon the other side would be asked again: each deferral is written to Redis' disk. */
const shortestDeferralMs = 1000;

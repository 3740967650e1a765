/** Delays of jobs. BullMQ stores the time at which a job is due, by the wall clock. */

/** The longest delay. A job that is due later than this from now was delayed under a wrong clock. Milliseconds. */
export const longestDelayMs = 300_000;

const firstRetryMs = 1000;

/**
 * Delay after a failed attempt: 1 s, 2 s, 4 s and so on up to five minutes, each reduced by a random part of up to a half, so
 * that jobs that failed together are not retried together. Milliseconds.
 *
 * @param attemptsMade 1 or more
 */
export function retryDelayMs(attemptsMade: number): number {
  return Math.round(Math.min(firstRetryMs * 2 ** (attemptsMade - 1), longestDelayMs) * (1 - Math.random() / 2));
}

const firstDeferralMs = 5000;

/** What is known of when a deferred job can succeed. */
export interface DeferralHints {
  /** The pause that the other side asked for. Milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** Time before which no attempt can succeed. Milliseconds. */
  readonly deferMs?: number | undefined;
}

/**
 * Delay of a deferred job, milliseconds: what the other side asked for; else 5 s, 10 s, 20 s and so on up to five minutes, but
 * at least `deferMs`. Jitter never shortens a pause that was asked for.
 *
 * @param waits consecutive delays that ended by themselves
 */
export function deferralDelayMs(waits: number, { retryAfterMs, deferMs = 0 }: DeferralHints): number {
  const spread = (ms: number): number => ms * (1 + Math.random() / 5);
  const grownMs = Math.min(firstDeferralMs * 2 ** waits, longestDelayMs) * (1 - Math.random() / 5);
  const delayMs =
    retryAfterMs === undefined ? Math.max(grownMs, spread(deferMs)) : spread(Math.max(retryAfterMs, deferMs));
  return Math.round(Math.min(Math.max(delayMs, shortestDeferralMs), longestDelayMs));
}

/** Lower bound of a delay, because each deferral costs a write to Redis' disk. Milliseconds. */
const shortestDeferralMs = 1000;

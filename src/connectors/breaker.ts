import { performance } from 'node:perf_hooks';

export interface BreakerOptions {
  /** So many failures in a row. */
  readonly threshold: number;
  /** Then one call is let through, which decides. Milliseconds. */
  readonly restMs: number;
  /** Each rest that such a call ends in is twice as long as the one before, up to this. Milliseconds, default: `restMs`. */
  readonly longestRestMs?: number;
  /** What counts as a failure of the other side. Anything else says nothing of it: it ends a rest, and the next call decides. */
  readonly counts: (error: unknown) => boolean;
  /** Milliseconds of a monotonic clock: by the wall's, set back by an hour, it would rest for one. Default: `performance.now`. */
  readonly nowMs?: () => number;
}

/** Leaves somebody alone who keeps failing. */
export interface Breaker {
  /** For how long still, milliseconds; while a call is being tried, the rest that it may end in. 0: a call may be let through. */
  restsForMs(): number;
  /** @throws {BreakerOpenError} without a call, while it rests or another call is being tried */
  execute<T>(call: () => Promise<T>): Promise<T>;
}

const monotonicMs = (): number => performance.now();

export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError';
  readonly code = 'BREAKER_OPEN';
}

export function createBreaker(options: BreakerOptions): Breaker {
  const { threshold, counts, restMs, longestRestMs = restMs, nowMs = monotonicMs } = options;
  let failures = 0;
  /** Calls that were let through since it opened. */
  let tries = 0;
  let restsUntilMs = 0;
  let trying = false;
  const isOpen = (): boolean => failures >= threshold;
  const nextRestMs = (): number => Math.max(restMs, Math.min(restMs * 2 ** tries, longestRestMs));
  const restsForMs = (): number => (trying && isOpen() ? nextRestMs() : Math.max(0, restsUntilMs - nowMs()));

  function failed(probe: boolean): void {
    failures += 1;
    // Not for each call that was under way when it opened.
    if (failures === threshold || probe) restsUntilMs = nowMs() + nextRestMs();
  }

  function worked(): void {
    failures = tries = 0;
    restsUntilMs = 0;
  }

  return {
    restsForMs,
    async execute(call) {
      const probe = isOpen();
      if (probe && restsForMs() > 0) throw new BreakerOpenError('It failed again and again, and rests.');
      if (probe) {
        trying = true;
        tries += 1;
      }
      try {
        const result = await call();
        worked();
        return result;
      } catch (error) {
        if (counts(error)) failed(probe);
        else if (probe) failures = threshold - 1;
        throw error;
      } finally {
        if (probe) trying = false;
      }
    },
  };
}

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
  /** A failure that opens it at once, and the least that it stays open then, milliseconds. Default: there is none. */
  readonly opensForMs?: (error: unknown) => number | undefined;
  /** A call succeeded after it had been open. */
  readonly onClosed?: () => void;
  /** Milliseconds of a monotonic clock: by the wall's, set back by an hour, it would rest for one. Default: `performance.now`. */
  readonly nowMs?: () => number;
}

/** A circuit breaker: makes no calls for a while to a side that keeps failing. */
export interface Breaker {
  /** For how long still, milliseconds; while a call is being tried, the rest that it may end in. 0: a call may be let through. */
  restsForMs(): number;
  /** The failure for which it is open, or would be next. */
  lastFailure(): unknown;
  /**
   * @param kind a success proves nothing about failures of calls of another kind: a token that may read need not write
   * @throws {BreakerOpenError} without a call, while it rests or another call is being tried
   */
  execute<T>(call: () => Promise<T>, kind?: string): Promise<T>;
}

const monotonicMs = (): number => performance.now();

export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError';
  readonly code = 'BREAKER_OPEN';

  /** @param cause the failure for which it is open */
  constructor(override readonly cause: unknown) {
    super('The breaker is open.');
  }
}

export function createBreaker(options: BreakerOptions): Breaker {
  const { threshold, counts, restMs, longestRestMs = restMs, nowMs = monotonicMs } = options;
  const { opensForMs = () => undefined, onClosed = () => undefined } = options;
  let failures = 0;
  let lastFailure: unknown;
  let failedKind = '';
  /** Calls so far, and how many of them had begun when it was opened at once: their successes are older than that. */
  let calls = 0;
  let outdatedCalls = 0;
  /** Calls that were let through since it opened. */
  let tries = 0;
  let restsUntilMs = 0;
  let trying = false;
  const isOpen = (): boolean => failures >= threshold;
  const nextRestMs = (): number => Math.max(restMs, Math.min(restMs * 2 ** tries, longestRestMs));
  const restsForMs = (): number => (trying && isOpen() ? nextRestMs() : Math.max(0, restsUntilMs - nowMs()));

  function failed(error: unknown, kind: string, probe: boolean, leastMs: number | undefined): void {
    const wasOpen = isOpen();
    failures = leastMs === undefined ? failures + 1 : Math.max(failures + 1, threshold);
    lastFailure = error;
    failedKind = kind;
    if (leastMs !== undefined) outdatedCalls = calls;
    // Not longer for each call that was under way when it opened, unless that call says so.
    const ownMs = probe || isOpen() !== wasOpen ? nextRestMs() : 0;
    restsUntilMs = Math.max(restsUntilMs, nowMs() + Math.max(ownMs, leastMs ?? 0));
  }

  function worked(call: number, kind: string): void {
    if (failures === 0 || kind !== failedKind || call <= outdatedCalls) return;
    const wasOpen = isOpen();
    failures = tries = 0;
    restsUntilMs = 0;
    lastFailure = undefined;
    if (wasOpen) onClosed();
  }

  return {
    restsForMs,
    lastFailure: () => lastFailure,
    async execute(call, kind = '') {
      const probe = isOpen();
      if (probe && restsForMs() > 0) throw new BreakerOpenError(lastFailure);
      if (probe) {
        trying = true;
        tries += 1;
      }
      const number = ++calls;
      try {
        const result = await call();
        worked(number, kind);
        if (probe && isOpen()) tries -= 1; // it decided nothing
        return result;
      } catch (error) {
        const leastMs = opensForMs(error);
        if (leastMs !== undefined || counts(error)) failed(error, kind, probe, leastMs);
        else if (probe) failures = threshold - 1;
        throw error;
      } finally {
        if (probe) trying = false;
      }
    },
  };
}

import { performance } from 'node:perf_hooks';

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly threshold: number;
  /** How long it stays open before it is half-open. Milliseconds. */
  readonly openMs: number;
  /** After each failed probe it stays open for twice as long as before, up to this. Milliseconds, default: `openMs`. */
  readonly longestOpenMs?: number;
  /** Whether an error is a failure of the other side. After any other error the next call is the probe again. */
  readonly counts: (error: unknown) => boolean;
  /** For an error that opens it at once: how long it stays open at least, milliseconds. Default: no error does. */
  readonly tripsForMs?: (error: unknown) => number | undefined;
  /** Called when it closes after it was open. */
  readonly onClosed?: () => void;
  /** Milliseconds of a monotonic clock: a wall clock that is set back would keep it open. Default: `performance.now`. */
  readonly nowMs?: () => number;
}

/**
 * A circuit breaker. Closed: calls pass. Open: calls fail at once. Half-open: one call passes as a probe, which closes or
 * opens it, and all others fail until it has ended.
 */
export interface Breaker {
  /** How long it is still open, milliseconds; during a probe, how long it will be open if that fails. 0: a call passes. */
  openForMs(): number;
  /** The failure for which it is open, or the latest one that counts towards the threshold. */
  lastFailure(): unknown;
  /**
   * @param kind a success resets the failures of its own kind only: a token that may read need not be able to write
   * @throws {BreakerOpenError} without a call, while it is open or another probe is in progress
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
  const { threshold, counts, openMs, longestOpenMs = openMs, nowMs = monotonicMs } = options;
  const { tripsForMs = () => undefined, onClosed = () => undefined } = options;
  let failures = 0;
  let lastFailure: unknown;
  let failedKind = '';
  /** Calls so far, and how many of them had begun when an error opened it at once: their successes prove nothing. */
  let calls = 0;
  let outdatedCalls = 0;
  /** Probes since it opened. */
  let probes = 0;
  let openUntilMs = 0;
  let probing = false;
  const isOpen = (): boolean => failures >= threshold;
  const nextOpenMs = (): number => Math.max(openMs, Math.min(openMs * 2 ** probes, longestOpenMs));
  const openForMs = (): number => (probing && isOpen() ? nextOpenMs() : Math.max(0, openUntilMs - nowMs()));

  function failed(error: unknown, kind: string, isProbe: boolean, leastMs: number | undefined): void {
    const wasOpen = isOpen();
    failures = leastMs === undefined ? failures + 1 : Math.max(failures + 1, threshold);
    lastFailure = error;
    failedKind = kind;
    if (leastMs !== undefined) outdatedCalls = calls;
    // A call that was in progress when it opened does not extend the time, unless its own error demands it.
    const ownMs = isProbe || isOpen() !== wasOpen ? nextOpenMs() : 0;
    openUntilMs = Math.max(openUntilMs, nowMs() + Math.max(ownMs, leastMs ?? 0));
  }

  function succeeded(call: number, kind: string): void {
    if (failures === 0 || kind !== failedKind || call <= outdatedCalls) return;
    const wasOpen = isOpen();
    failures = probes = 0;
    openUntilMs = 0;
    lastFailure = undefined;
    if (wasOpen) onClosed();
  }

  return {
    openForMs,
    lastFailure: () => lastFailure,
    async execute(call, kind = '') {
      const isProbe = isOpen();
      if (isProbe && openForMs() > 0) throw new BreakerOpenError(lastFailure);
      if (isProbe) {
        probing = true;
        probes += 1;
      }
      const number = ++calls;
      try {
        const result = await call();
        succeeded(number, kind);
        if (isProbe && isOpen()) probes -= 1; // a success of another kind, which proves nothing
        return result;
      } catch (error) {
        const leastMs = tripsForMs(error);
        if (leastMs !== undefined || counts(error)) failed(error, kind, isProbe, leastMs);
        else if (isProbe) failures = threshold - 1;
        throw error;
      } finally {
        if (isProbe) probing = false;
      }
    },
  };
}

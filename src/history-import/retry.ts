import { EnhancementError } from '../enhancement/index.js';

/** Waits before something is tried again. @throws the signal's reason */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

/** The import ends if a desk asks for a longer pause. Milliseconds. */
const longestPauseMs = 15 * 60_000;
/** The first pause if the desk does not ask for one; doubled each time. Milliseconds. */
const firstPauseMs: Partial<Record<EnhancementError['code'], number>> = {
  DESK_RATE_LIMITED: 15_000,
  DESK_UNAVAILABLE: 1000,
  DESK_CONFLICT: 1000,
  STORE_UNAVAILABLE: 1000,
};
const mostTries = 6;

/**
 * Retries while a desk throttles, is unavailable or has its access token renewed, and while Redis fails over.
 *
 * @throws {EnhancementError} that of `work`, if it is not expected to pass soon; the signal's reason
 */
export async function retrying<T>(work: () => Promise<T>, pause: Pause, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      const pauseMs = error instanceof EnhancementError ? pauseAfter(error, tries) : undefined;
      if (pauseMs === undefined || pauseMs > longestPauseMs || tries === mostTries) throw error;
      await pause(pauseMs, signal);
    }
  }
}

/** Undefined: the next try would fail as well. */
function pauseAfter({ code, retryAfterMs, deferMs }: EnhancementError, tries: number): number | undefined {
  if (deferMs !== undefined) return deferMs;
  const first = firstPauseMs[code];
  return first === undefined ? undefined : (retryAfterMs ?? first * 2 ** (tries - 1));
}

import { EnhancementError } from '../enhancement/index.js';

/** Waits before something is tried again. @throws the signal's reason */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

/** A desk that asks for more is asked again by another run. Milliseconds. */
const longestPauseMs = 15 * 60_000;
/** Where the desk does not say how long; doubled each time. */
const firstPauseMs: Partial<Record<EnhancementError['code'], number>> = {
  DESK_RATE_LIMITED: 15_000,
  DESK_UNAVAILABLE: 1000,
  DESK_CONFLICT: 1000,
  STORE_UNAVAILABLE: 1000,
};
const mostTries = 6;

/**
 * Tries again while a desk throttles, does not work or has its access token renewed, after the pause that it asks for, and
 * while Redis fails over.
 *
 * @throws {EnhancementError} what `work` throws, if it is nothing that passes soon; the signal's reason
 */
export async function patiently<T>(work: () => Promise<T>, pause: Pause, signal: AbortSignal): Promise<T> {
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

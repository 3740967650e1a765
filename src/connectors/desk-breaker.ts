import { type Desk, EnhancementError, type NoteOutcome } from '../enhancement/index.js';
import { BreakerOpenError, createBreaker } from './breaker.js';

/** A desk that is left alone for a while when it keeps failing. */
export interface RestingDesk extends Desk {
  /** For how long it is still to be left alone, milliseconds; 0: it may be asked. */
  restsForMs(): number;
}

export interface DeskBreakerOptions {
  /** So many requests in a row that found no working desk. Default: 5. */
  readonly threshold?: number;
  /** Then one request is let through, which decides. Milliseconds, default: 1000. */
  readonly restMs?: number;
  /** The rests of a desk that stays down grow to this. Milliseconds, default: 30,000. */
  readonly longestRestMs?: number;
}

/**
 * A desk that hangs would hold a worker's slots for its whole timeout, job after job, and every job would use up its
 * attempts on it. One of these for each tenant, so that no tenant's desk silences another's.
 */
export function withBreaker(
  desk: Desk,
  { threshold = 5, restMs = 1000, longestRestMs = 30_000 }: DeskBreakerOptions = {},
): RestingDesk {
  const breaker = createBreaker({
    threshold,
    restMs,
    longestRestMs,
    // What the desk says of this request (rejected, unauthorized, too many) is the answer of a desk that works.
    counts: (error) => error instanceof EnhancementError && error.code === 'DESK_UNAVAILABLE',
  });
  const { restsForMs } = breaker;

  async function guarded<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await breaker.execute(request);
    } catch (error) {
      if (error instanceof BreakerOpenError) throw deskRests(restsForMs(), error);
      throw error;
    }
  }

  return {
    longestExchangeMs: desk.longestExchangeMs,
    settleMs: desk.settleMs,
    restsForMs,
    hasNote: (ticket, marker, signal) => guarded(() => desk.hasNote(ticket, marker, signal)),
    async addNote(ticket, note, sendByMs, signal) {
      let outcome: NoteOutcome | undefined;
      try {
        return await breaker.execute(async () => {
          outcome = await desk.addNote(ticket, note, sendByMs, signal);
          if (outcome.kind !== 'added') throw outcome.error;
          return outcome;
        });
      } catch (error) {
        if (outcome !== undefined) return outcome;
        if (error instanceof BreakerOpenError) return { kind: 'not-added', error: deskRests(restsForMs(), error) };
        throw error;
      }
    },
  };
}

/** Nothing was sent. */
export function deskRests(deferMs: number, cause?: unknown): EnhancementError {
  const message =
    'The desk failed again and again and is left alone for a while. See the attempts before this one for why.';
  return new EnhancementError('DESK_RESTING', message, { retryable: true, deferMs, cause });
}

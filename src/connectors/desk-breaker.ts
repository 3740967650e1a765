import { type Desk, EnhancementError, type EnhancementErrorCode, type NoteOutcome } from '../enhancement/index.js';
import { BreakerOpenError, createBreaker } from './breaker.js';

/** A desk with a circuit breaker. */
export interface GuardedDesk extends Desk {
  /** For how long its breaker is still open, milliseconds; 0: it may be asked. */
  openForMs(): number;
  /** What a request would fail with now, without being sent; undefined: it would be sent. */
  blocked(): EnhancementError | undefined;
}

export interface DeskBreakerOptions {
  /** So many requests in a row that found no working desk. Default: 5. */
  readonly threshold?: number;
  /** Then one request is let through, which decides. Milliseconds, default: 1000. */
  readonly openMs?: number;
  /** The rests of a desk that stays down grow to this. Milliseconds, default: 30,000. */
  readonly longestOpenMs?: number;
  /**
   * After a refused credential, at which one request is enough to open it: desks lock accounts that try too often.
   * Milliseconds, default: 30,000.
   */
  readonly credentialOpenMs?: number;
  /** A request succeeded after the breaker had been open. */
  readonly onRecovered?: () => void;
}

/**
 * A desk that hangs would hold a worker's slots for its whole timeout, job after job; one that throttles, or refuses the
 * credential, would be asked by every job of its tenant. One of these for each tenant, so that no tenant's desk silences
 * another's.
 */
export function withBreaker(
  desk: Desk,
  {
    threshold = 5,
    openMs = 1000,
    longestOpenMs = 30_000,
    credentialOpenMs = 30_000,
    onRecovered = () => undefined,
  }: DeskBreakerOptions = {},
): GuardedDesk {
  const breaker = createBreaker({
    threshold,
    openMs,
    longestOpenMs,
    counts: (error) => error instanceof EnhancementError && deskFailures.has(error.code),
    tripsForMs(error) {
      if (!(error instanceof EnhancementError)) return undefined;
      switch (error.deferralReason) {
        case 'desk_throttled':
          return error.retryAfterMs ?? openMs;
        case 'credential_refused':
          // A right may be missing on one ticket: the others are served, unless several are forbidden in a row.
          return error.code === 'DESK_FORBIDDEN' ? undefined : credentialOpenMs;
        default:
          return undefined;
      }
    },
    onClosed: onRecovered,
  });
  const { openForMs } = breaker;

  async function guarded<T>(kind: 'read' | 'write', request: () => Promise<T>): Promise<T> {
    try {
      return await breaker.execute(request, kind);
    } catch (error) {
      if (error instanceof BreakerOpenError) throw notAsked(openForMs(), error.cause);
      throw error;
    }
  }

  return {
    longestExchangeMs: desk.longestExchangeMs,
    settleMs: desk.settleMs,
    openForMs,
    blocked() {
      const ms = openForMs();
      return ms === 0 ? undefined : notAsked(ms, breaker.lastFailure());
    },
    hasNote: (ticket, marker, signal) => guarded('read', () => desk.hasNote(ticket, marker, signal)),
    async addNote(ticket, note, sendByMs, signal) {
      let outcome: NoteOutcome | undefined;
      try {
        return await breaker.execute(async () => {
          outcome = await desk.addNote(ticket, note, sendByMs, signal);
          if (outcome.kind !== 'added') throw outcome.error;
          return outcome;
        }, 'write');
      } catch (error) {
        if (outcome !== undefined) return outcome;
        if (error instanceof BreakerOpenError) return { kind: 'not-added', error: notAsked(openForMs(), error.cause) };
        throw error;
      }
    },
  };
}

/** What shows that the desk does not work. Other failures that defer a job are about one ticket, or about this process. */
const deskFailures: ReadonlySet<EnhancementErrorCode> = new Set<EnhancementErrorCode>([
  'DESK_UNAVAILABLE',
  'DESK_ANSWER_INVALID',
  'DESK_ADDRESS_FORBIDDEN',
  'DESK_FORBIDDEN',
]);

/** Nothing was sent. It carries code and words of the failure that opened the breaker, for the job shows them. */
function notAsked(deferMs: number, cause: unknown): EnhancementError {
  return cause instanceof EnhancementError
    ? new EnhancementError(cause.code, cause.message, { deferMs, cause })
    : new EnhancementError('DESK_UNAVAILABLE', 'The desk is not asked for a while after it failed several times.', {
        deferMs,
        cause,
      });
}

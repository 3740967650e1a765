import { type Desk, EnhancementError, type EnhancementErrorCode, type NoteOutcome } from '../enhancement/index.js';
import { BreakerOpenError, createBreaker } from './breaker.js';

/** A desk behind a circuit breaker. */
export interface GuardedDesk extends Desk {
  /** How long its breaker is still open, milliseconds; 0: a request is sent. */
  openForMs(): number;
  /** What a request would fail with now, without being sent; undefined: it would be sent. */
  blocked(): EnhancementError | undefined;
}

export interface DeskBreakerOptions {
  /** Failures in a row that open it. Default: 5. */
  readonly threshold?: number;
  /** How long it stays open at first. Milliseconds, default: 1000. */
  readonly openMs?: number;
  /** Doubling after each failed probe, it stays open for at most this long. Milliseconds, default: 30,000. */
  readonly longestOpenMs?: number;
  /**
   * How long it stays open after a refused credential. One refusal opens it: desks lock accounts after repeated failures.
   * Milliseconds, default: 30,000.
   */
  readonly credentialOpenMs?: number;
  /** A request succeeded after the breaker had been open. */
  readonly onRecovered?: () => void;
}

/**
 * Without it, a desk that hangs occupies a worker for its timeout with each job, and one that throttles or refuses the
 * credential gets a request of every job. Each tenant has its own breaker, so a failing desk affects no other tenant.
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
          // A right may be missing on one ticket only; several in a row open the breaker.
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

/** Failures of the desk. Other failures that defer a job concern one ticket, or this process. */
const deskFailures: ReadonlySet<EnhancementErrorCode> = new Set<EnhancementErrorCode>([
  'DESK_UNAVAILABLE',
  'DESK_ANSWER_INVALID',
  'DESK_ADDRESS_FORBIDDEN',
  'DESK_FORBIDDEN',
]);

/** Has the code and message of the failure that opened the breaker, because the job shows them. */
function notAsked(deferMs: number, cause: unknown): EnhancementError {
  return cause instanceof EnhancementError
    ? new EnhancementError(cause.code, cause.message, { deferMs, cause })
    : new EnhancementError('DESK_UNAVAILABLE', 'The desk is not asked for a while after it failed several times.', {
        deferMs,
        cause,
      });
}

import type { DeferralReason } from './vocabulary.js';

/** What a failure means for its job. */
export type FailureClass =
  /** The job fails at once: no later attempt can succeed. */
  | 'terminal'
  /** The attempt counts, and the job is tried again while it has attempts left (`JOB_ATTEMPTS`). */
  | 'retryable'
  /** No attempt is counted: the reason passes by itself, or an operator can end it. */
  | { readonly deferred: DeferralReason }
  /** Not a failure of the job: it goes back to the queue, or belongs to another worker. */
  | 'returned';

const desk = (reason: 'desk_unavailable' | 'desk_throttled' | 'credential_refused'): FailureClass => ({
  deferred: reason,
});

/**
 * The one table of what can go wrong and what it means for the job. docs/failures.md shows it with the answers that lead
 * to each code; a test compares the two.
 */
export const failureClasses = {
  /** No tenant of this id is configured in this process; another one may know it already. */
  TENANT_UNKNOWN: { deferred: 'tenant_unknown' },
  /** A newer release queued the job. */
  JOB_VERSION_UNKNOWN: { deferred: 'job_version' },
  /** The job's data breaks the schema of its version. */
  JOB_INVALID: 'terminal',
  /** The attempt took longer than `JOB_TIMEOUT_MS`, and did not wait for its desk then. */
  JOB_TIMEOUT: 'retryable',
  /** The job ended the process that ran it several times. */
  JOB_KILLS_WORKER: 'terminal',
  /** Another worker holds the job; nothing of this attempt counts. */
  LOCK_LOST: 'returned',
  /** The worker is being stopped. */
  DRAINED: 'returned',
  /** Redis did not execute a command. */
  STORE_UNAVAILABLE: { deferred: 'redis_unavailable' },

  /** No answer, or one that says that the desk does not work at present. */
  DESK_UNAVAILABLE: desk('desk_unavailable'),
  /** An answer that the desk's API does not give: a login page, a redirect, another server's 404. */
  DESK_ANSWER_INVALID: desk('desk_unavailable'),
  /** The desk's address is in a private network, and the tenant may not reach one. */
  DESK_ADDRESS_FORBIDDEN: desk('desk_unavailable'),
  /** A request of unknown outcome may still add its note to the ticket. */
  NOTE_UNSETTLED: desk('desk_unavailable'),
  /** Its claim was too old when the connection was there, so that nothing was sent. */
  NOTE_NOT_SENT: desk('desk_unavailable'),
  DESK_RATE_LIMITED: desk('desk_throttled'),
  DESK_UNAUTHORIZED: desk('credential_refused'),
  /** The desk's user lacks a right, be it on this ticket or on all. */
  DESK_FORBIDDEN: desk('credential_refused'),
  /** The tenant's `desk.credential` refers to something that cannot be read. */
  DESK_CREDENTIAL_UNREADABLE: desk('credential_refused'),
  /** Somebody else changes the ticket at the same moment, or has locked it. */
  DESK_CONFLICT: desk('desk_unavailable'),
  /** The desk's API refuses the request, and does not say that the ticket or the data is the reason. */
  DESK_REFUSED: 'retryable',
  /** The desk's API refuses this very request: no such ticket, or data that it does not take. */
  DESK_REJECTED: 'terminal',

  // A model's failure reaches the job only where the tenant has `llm.when_unavailable: wait`; otherwise the note is written
  // without the model. Its unusable answers never do.
  MODEL_UNAVAILABLE: { deferred: 'model_unavailable' },
  MODEL_TIMEOUT: { deferred: 'model_unavailable' },
  MODEL_UNAUTHORIZED: { deferred: 'model_unavailable' },
  MODEL_REJECTED: 'retryable',
  MODEL_ANSWER_INVALID: 'retryable',

  // A source's failure is named in the note and does not reach the job.
  SOURCE_UNREADABLE: 'retryable',
  SOURCE_TIMEOUT: 'retryable',

  /** A defect of this service: the next attempt may run on a newer release. */
  UNEXPECTED: 'retryable',
} as const satisfies Record<string, FailureClass>;

export type EnhancementErrorCode = keyof typeof failureClasses;

export interface EnhancementErrorOptions {
  /** The pause that the other side asked for, milliseconds: it is tried again after it, and not before. */
  readonly retryAfterMs?: number | undefined;
  /** Nothing can succeed before so many milliseconds have passed. */
  readonly deferMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * Why a step failed. The message is for the person who looks at the job and says what to do; it never holds a secret or
 * text of the ticket.
 */
export class EnhancementError extends Error {
  override readonly name = 'EnhancementError';
  readonly retryAfterMs: number | undefined;
  readonly deferMs: number | undefined;

  constructor(
    readonly code: EnhancementErrorCode,
    message: string,
    { retryAfterMs, deferMs, cause }: EnhancementErrorOptions = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.retryAfterMs = retryAfterMs;
    this.deferMs = deferMs;
  }

  get failureClass(): FailureClass {
    return failureClasses[this.code];
  }

  /** Undefined: a failure of this kind does not defer its job. */
  get deferralReason(): DeferralReason | undefined {
    const { failureClass } = this;
    return typeof failureClass === 'object' ? failureClass.deferred : undefined;
  }
}

/** Wraps what is not an {@link EnhancementError} yet, keeping it as the cause. */
export function toEnhancementError(error: unknown, code: EnhancementErrorCode, message: string): EnhancementError {
  return error instanceof EnhancementError ? error : new EnhancementError(code, message, { cause: error });
}

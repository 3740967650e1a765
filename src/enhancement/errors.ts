export type EnhancementErrorCode =
  /** The tenant is not, or no longer, configured or active. */
  | 'TENANT_UNKNOWN'
  /** The job's data is not what this release understands. */
  | 'JOB_INVALID'
  /** The attempt took longer than `JOB_TIMEOUT_MS`. */
  | 'JOB_TIMEOUT'
  /** The job ended the process that ran it, again and again. */
  | 'JOB_KILLS_WORKER'
  /** Another worker has the job by now; nothing of this attempt counts. */
  | 'LOCK_LOST'
  /** The worker is being stopped; the job goes back to the queue. */
  | 'DRAINED'
  /** Redis did not answer. */
  | 'STORE_UNAVAILABLE'
  /** The desk may still act on an earlier request to add this note. */
  | 'NOTE_UNSETTLED'
  | 'DESK_UNAVAILABLE'
  /** It failed again and again; nothing is sent to it for a while. */
  | 'DESK_RESTING'
  | 'DESK_RATE_LIMITED'
  | 'DESK_UNAUTHORIZED'
  | 'DESK_REJECTED'
  | 'DESK_ANSWER_INVALID'
  | 'DESK_ADDRESS_FORBIDDEN'
  | 'MODEL_UNAVAILABLE'
  | 'MODEL_TIMEOUT'
  | 'MODEL_REJECTED'
  | 'MODEL_ANSWER_INVALID'
  | 'SOURCE_UNREADABLE'
  | 'SOURCE_TIMEOUT'
  /** A defect of ours; retried, because the next attempt may run on a newer release. */
  | 'UNEXPECTED';

export interface EnhancementErrorOptions {
  /** Whether another attempt at the same work can succeed without anybody changing something. */
  readonly retryable: boolean;
  /** How long the other side asked to be left alone, milliseconds. */
  readonly retryAfterMs?: number;
  /** Nothing can succeed before so many milliseconds: the job had better wait in the queue than in a worker. */
  readonly deferMs?: number;
  readonly cause?: unknown;
}

/**
 * Why a step failed. The message is for the person who looks at the failed job and says what to do; it never holds a
 * secret or text of the ticket.
 */
export class EnhancementError extends Error {
  override readonly name = 'EnhancementError';
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly deferMs: number | undefined;

  constructor(
    readonly code: EnhancementErrorCode,
    message: string,
    { retryable, retryAfterMs, deferMs, cause }: EnhancementErrorOptions,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
    this.deferMs = deferMs;
  }
}

/** Wraps what is not an {@link EnhancementError} yet, keeping it as the cause. */
export function toEnhancementError(error: unknown, code: EnhancementErrorCode, message: string): EnhancementError {
  return error instanceof EnhancementError
    ? error
    : new EnhancementError(code, message, { retryable: true, cause: error });
}

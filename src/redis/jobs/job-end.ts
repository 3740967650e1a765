import { DelayedError, isNotConnectionError, UnrecoverableError, WaitingError } from 'bullmq';

/** How the start of a job ended, and what BullMQ is to do with the job. */
export type JobEnd =
  | { readonly kind: 'completed'; readonly result: unknown }
  /** An attempt failed, and the job is tried again after its backoff. */
  | { readonly kind: 'retry'; readonly error: Error }
  /** The job failed for good. The message is the reason that the failed job shows. */
  | { readonly kind: 'failed'; readonly message: string; readonly cause: Error }
  /** The job is back in the queue. */
  | { readonly kind: 'returned' }
  /**
   * Redis accepted neither the job's end nor its return. The job stays under its lock, which is no longer renewed. It is in the
   * queue again once the lock has expired, or the primary has removed it, and Redis takes writes. Until then no other job can
   * be started either, because a start is a write, too.
   */
  | { readonly kind: 'left'; readonly cause: unknown }
  /** Another worker holds the job's lock, or will. */
  | { readonly kind: 'abandoned'; readonly error: Error };

/** Tells BullMQ that there is nothing to write for a job whose end Redis did not accept. */
export class LeftToItsLock extends WaitingError {
  constructor(override readonly cause: unknown) {
    super(`Redis did not accept the end of a job, which stays under its lock: ${String(cause)}`);
  }
}

/** Expresses an end as BullMQ expects it from a processor: a result, or an error of a certain class. */
export function toProcessorResult(end: JobEnd): unknown {
  switch (end.kind) {
    case 'completed':
      return end.result;
    case 'retry':
    case 'abandoned':
      throw end.error;
    case 'failed': {
      const failure = new UnrecoverableError(end.message);
      failure.cause = end.cause;
      throw failure;
    }
    case 'returned':
      throw new DelayedError(); // BullMQ then writes nothing, as for a WaitingError
    case 'left':
      throw new LeftToItsLock(end.cause);
  }
}

/** Whether Redis answered and did not do it. While Redis cannot be reached, BullMQ itself repeats the command. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && isNotConnectionError(error);
}

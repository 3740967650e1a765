/**
 * Reports the jobs that this worker holds, so that the primary can return them to the queue as soon as the worker dies, instead
 * of when their locks have expired. The methods are called synchronously and must not throw.
 */
export interface JobLeases {
  started(lease: { readonly jobId: string; readonly token: string }): void;
  /** The job has stopped running here, but Redis did not accept its end: the lock is still held. */
  left(jobId: string): void;
  ended(jobId: string): void;
}

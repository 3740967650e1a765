/**
 * Reports which jobs this worker holds, so that the primary can return them to the queue at once if the worker dies, and not
 * after their locks have expired. Called synchronously; must not throw.
 */
export interface JobLeases {
  started(lease: { readonly jobId: string; readonly token: string }): void;
  /** The job has stopped running here, but Redis did not accept its end: the lock is still held. */
  left(jobId: string): void;
  ended(jobId: string): void;
}

/**
 * Tells whoever outlives this worker which jobs it holds, so that they can be given back at once if it dies rather
 * than after their locks have expired. Called synchronously; must not throw.
 */
export interface JobLeases {
  started(lease: { readonly jobId: string; readonly token: string }): void;
  /** It runs here no more. Redis did not take its end, so that it is still to be given back. */
  left(jobId: string): void;
  ended(jobId: string): void;
}

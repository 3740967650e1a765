/**
 * Tells whoever outlives this worker which jobs it holds, so that they can be given back at once if it dies rather
 * than after their locks have expired. Called synchronously; must not throw.
 */
export interface JobLeases {
  started(lease: { readonly jobId: string; readonly token: string }): void;
  ended(jobId: string): void;
}

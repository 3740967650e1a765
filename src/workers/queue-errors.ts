import type { Logger } from '../logging/logger.js';

/** Time for which the same error is not logged again. Milliseconds. */
const silenceMs = 30_000;

/** Logs errors of the queue. While Redis is unavailable the same one occurs twice a second. */
export function logUnlessRepeated(log: Pick<Logger, 'warn'>): (error: Error) => void {
  let last: { readonly message: string; readonly atMs: number } | undefined;
  return (error) => {
    const atMs = performance.now();
    if (last !== undefined && error.message === last.message && atMs - last.atMs < silenceMs) return;
    last = { message: error.message, atMs };
    log.warn({ err: error }, 'queue error');
  };
}

/** Redis did not take or give what the queue needs; the same call may succeed later. */
export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
  readonly code = 'QUEUE_UNAVAILABLE';

  constructor(detail: string, options?: ErrorOptions) {
    super(`The queue is not available: ${detail}. Try again shortly.`, options);
  }
}

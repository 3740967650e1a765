/** Redis did not take or give what the queue needs; the same call may succeed later. */
export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
  readonly code = 'QUEUE_UNAVAILABLE';

  /**
   * @param words what Redis said, or what the network said in its place
   * @param asked whether a command was sent; false: there was no connection to send it on
   */
  constructor(
    words: string,
    readonly asked: boolean,
    options?: ErrorOptions,
  ) {
    super(`Redis cannot be used: ${words}. The same call may succeed later.`, options);
  }
}

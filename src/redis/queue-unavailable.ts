import { messageOf } from '../logging/describe-error.js';

/** Redis could not be used. The same call may succeed later. */
export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
  readonly code = 'QUEUE_UNAVAILABLE';

  /**
   * @param words the message of Redis or of the network
   * @param asked whether a command was sent; false: there was no connection to send it on
   */
  constructor(
    readonly words: string,
    readonly asked: boolean,
    options?: ErrorOptions,
  ) {
    super(`Redis cannot be used: ${words}. The same call may succeed later.`, options);
  }
}

/** Why Redis cannot be used, in its own words or those of the network. */
export function redisWords(error: unknown): string {
  return error instanceof QueueUnavailableError ? error.words : messageOf(error);
}

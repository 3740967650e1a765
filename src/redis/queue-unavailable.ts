import { messageOf } from '../logging/describe-error.js';

/** Redis could not be used. The same call may succeed later. */
export class QueueUnavailableError extends Error {
  override readonly name = 'QueueUnavailableError';
  readonly code = 'QUEUE_UNAVAILABLE';

  /**
   * @param reason the message of Redis or of the network
   * @param asked whether a command was sent; false: there was no connection to send it on
   */
  constructor(
    readonly reason: string,
    readonly asked: boolean,
    options?: ErrorOptions,
  ) {
    super(`Redis cannot be used: ${reason}. The same call may succeed later.`, options);
  }
}

/** Why Redis cannot be used; of any other error its message. */
export function reasonOf(error: unknown): string {
  return error instanceof QueueUnavailableError ? error.reason : messageOf(error);
}

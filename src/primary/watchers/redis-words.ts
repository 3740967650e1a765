import { messageOf } from '../../logging/describe-error.js';
import { QueueUnavailableError } from '../../redis/queue-unavailable.js';

/** Why Redis cannot be used, in its own words or those of the network. */
export function redisWords(error: unknown): string {
  return error instanceof QueueUnavailableError ? error.words : messageOf(error);
}

import type { RedisClient } from './connection.js';
import { QueueUnavailableError } from './queue-unavailable.js';
import { reconnected } from './reconnection.js';
import { isLossOfConnection, wordsOf } from './redis-words.js';

export interface FailFastOptions {
  /** The task may run twice: it is repeated if its connection is lost meanwhile and is ready again at once. Default: false. */
  readonly repeatable?: boolean;
}

/**
 * Runs a task for a caller that cannot wait, except for a connection that was lost a moment ago.
 *
 * @param redis a fail-fast connection
 * @param task with `isRepeat` it may have run before, without a reply
 * @throws {QueueUnavailableError} without a connection, and when the task fails; with the message of Redis
 */
export async function failFast<T>(
  redis: RedisClient,
  task: (isRepeat: boolean) => Promise<T>,
  { repeatable = false }: FailFastOptions = {},
): Promise<T> {
  if (!(await reconnected(redis))) throw new QueueUnavailableError(wordsOf(redis), false);
  try {
    return await task(false);
  } catch (error) {
    if (repeatable && isLossOfConnection(error) && (await reconnected(redis, true)))
      return failFast(redis, () => task(true));
    throw new QueueUnavailableError(wordsOf(redis, error), true, { cause: error });
  }
}

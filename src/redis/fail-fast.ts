import type { RedisClient } from './connection.js';
import { QueueUnavailableError } from './queue-unavailable.js';
import { wordsOf } from './redis-words.js';

/**
 * Runs a task for a caller that cannot wait.
 *
 * @param redis a fail-fast connection
 * @throws {QueueUnavailableError} at once without a connection, and when the task fails; with the message of Redis
 */
export async function failFast<T>(redis: RedisClient, task: () => Promise<T>): Promise<T> {
  if (redis.status !== 'ready') throw new QueueUnavailableError(wordsOf(redis), false);
  try {
    return await task();
  } catch (error) {
    throw new QueueUnavailableError(wordsOf(redis, error), true, { cause: error });
  }
}

import { EnhancementError } from '../enhancement/index.js';
import { messageOf } from '../logging/describe-error.js';
import type { RedisClient } from '../redis/connection.js';
import { reconnected } from '../redis/reconnection.js';
import { wordsOf } from '../redis/redis-errors.js';

/** Runs a Lua script, which Redis executes atomically. */
export async function runScript(
  redis: RedisClient,
  script: string,
  keys: readonly string[],
  values: readonly (string | number)[],
): Promise<unknown> {
  // A command on a fail-fast connection that was lost a moment ago would fail.
  await reconnected(redis);
  try {
    return await redis.eval(script, keys.length, ...keys, ...values);
  } catch (error) {
    throw storeUnavailable(error, wordsOf(redis, error));
  }
}

/** @param detail the message of Redis */
export function storeUnavailable(error: unknown, detail = messageOf(error)): EnhancementError {
  return new EnhancementError('STORE_UNAVAILABLE', `Redis did not do what was asked: ${detail}. Check that it runs.`, {
    cause: error,
  });
}

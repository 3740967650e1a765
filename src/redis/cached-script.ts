import { hash } from 'node:crypto';
import type { RedisClient } from './connection.js';

/** @returns the script's reply */
export type CachedScript = (
  redis: RedisClient,
  keys: readonly string[],
  values: readonly (string | number | Buffer)[],
) => Promise<unknown>;

/**
 * A Lua script that is called by its hash: its text is sent only to a server that does not know it, as after a start or a
 * failover.
 */
export function cachedScript(lua: string): CachedScript {
  const sha1 = hash('sha1', lua);
  return async (redis, keys, values) => {
    try {
      return await redis.evalsha(sha1, keys.length, ...keys, ...values);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(lua, keys.length, ...keys, ...values);
    }
  };
}

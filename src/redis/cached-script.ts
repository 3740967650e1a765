import { hash } from 'node:crypto';
import type { RedisClient } from './connection.js';
import { isUnknownScript } from './redis-errors.js';

/** @returns the script's reply */
export type CachedScript = (
  redis: RedisClient,
  keys: readonly string[],
  values: readonly (string | number)[],
) => Promise<unknown>;

/**
 * A Lua script that is called by its hash (EVALSHA). Its text is sent only to a server that does not know it, for example
 * after a failover. The calls of one turn of the event loop are sent in one write.
 */
export function cachedScript(lua: string): CachedScript {
  const sha1 = hash('sha1', lua);
  return async (redis, keys, values) => {
    try {
      return await new Promise((resolve, reject) => {
        writeOfTurn(redis).evalsha(sha1, keys.length, ...keys, ...values, (error, reply) => {
          if (error) reject(error);
          else resolve(reply);
        });
      });
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return redis.eval(lua, keys.length, ...keys, ...values);
    }
  };
}

type Pipeline = ReturnType<RedisClient['pipeline']>;

const openPipelines = new WeakMap<RedisClient, Pipeline>();

/** Unlike ioredis' automatic pipeline it does not wait for the replies of the previous one. */
function writeOfTurn(redis: RedisClient): Pipeline {
  const open = openPipelines.get(redis);
  if (open !== undefined) return open;
  const pipeline = redis.pipeline();
  openPipelines.set(redis, pipeline);
  setImmediate(() => {
    openPipelines.delete(redis);
    // Each call reports its own error.
    pipeline.exec().catch(() => undefined);
  });
  return pipeline;
}

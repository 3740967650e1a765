import type { RedisClient } from './connection.js';
import { failFast } from './fail-fast.js';
import { keyPrefix, type Topology } from './key-prefix.js';

/** A fixed-window rate limit for each tenant. The window is a key in Redis, shared by all children of all instances. */
export interface LimitWindow {
  /**
   * Atomically grants as many of the wanted requests as the window has left: one window never grants more than the limit, and
   * grants all of it if enough is requested.
   *
   * @throws {QueueUnavailableError}
   */
  take(tenantId: string, wanted: number, limit: number): Promise<Grant>;
}

export interface Grant {
  /** From 0 to the number that was wanted; less: the window is used up. */
  readonly granted: number;
  /** Milliseconds until the window ends. */
  readonly endsInMs: number;
}

export const windowMs = 60_000;

/** The key of a tenant's window. In a cluster it is on the node of the queue, so that one script can use both. */
export const limitKey = (redis: Topology, tenantId: string): string => `${keyPrefix(redis)}:limit:${tenantId}`;

/**
 * A Lua function for scripts that take from a window.
 *
 * A window begins with its first request and ends when its key expires. If Redis' clock is set back, the key would last until
 * the clock has caught up, so a key that lasts longer than two windows is replaced by a new window. Nothing is written when
 * nothing is granted: a flood causes no disk writes.
 */
export const takeFromWindow = `
local function takeFromWindow(key, limit, wanted, window)
  local used = tonumber(redis.call('GET', key)) or 0
  local ends = redis.call('PTTL', key)
  local begins = ends < 0 or ends > 2 * window
  if begins then
    used = 0
    ends = window
  end
  local granted = math.max(0, math.min(wanted, limit - used))
  if granted > 0 then
    if begins then
      redis.call('SET', key, granted, 'PX', window)
    else
      redis.call('INCRBY', key, granted)
    end
  end
  return granted, ends
end
`;

const script = `${takeFromWindow}
return { takeFromWindow(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])) }
`;

/** @param redis a fail-fast connection: an answer waits for it */
export function createLimitWindow(redis: RedisClient): LimitWindow {
  return {
    async take(tenantId, wanted, limit) {
      const ask = (): Promise<unknown> => redis.eval(script, 1, limitKey(redis, tenantId), limit, wanted, windowMs);
      // Requests whose reply was lost are counted twice, which never exceeds the limit.
      const reply = await failFast(redis, ask, { repeatable: true });
      const [granted, endsInMs]: readonly unknown[] = Array.isArray(reply) ? reply : [];
      if (typeof granted !== 'number' || typeof endsInMs !== 'number') {
        throw new TypeError(`the script of the rate limit answered ${JSON.stringify(reply)}`);
      }
      return { granted, endsInMs };
    },
  };
}

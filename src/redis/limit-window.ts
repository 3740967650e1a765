import { randomUUID } from 'node:crypto';
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

/** How long a grant is kept for a repeat of its command; failFast repeats within about a second. Milliseconds. */
const grantKeptMs = 10_000;

/**
 * KEYS the window, the grant of this command. ARGV the limit, the number that is wanted. A command that is executed twice, because
 * its reply was lost, takes once: the second would find the window used up by the first, and refuse requests that were counted.
 */
const script = `${takeFromWindow}
local limit, wanted = unpack(ARGV)
local before = redis.call('GET', KEYS[2])
if before then return { tonumber(before), math.max(0, redis.call('PTTL', KEYS[1])) } end
local granted, ends = takeFromWindow(KEYS[1], tonumber(limit), tonumber(wanted), ${windowMs})
if granted > 0 then redis.call('SET', KEYS[2], granted, 'PX', ${grantKeptMs}) end
return { granted, ends }
`;

/** @param redis a fail-fast connection: an answer waits for it */
export function createLimitWindow(redis: RedisClient): LimitWindow {
  return {
    async take(tenantId, wanted, limit) {
      const keys = [limitKey(redis, tenantId), `${keyPrefix(redis)}:limit-grant:${randomUUID()}`];
      const ask = (): Promise<unknown> => redis.eval(script, keys.length, ...keys, limit, wanted);
      const reply = await failFast(redis, ask, { repeatable: true });
      const [granted, endsInMs]: readonly unknown[] = Array.isArray(reply) ? reply : [];
      if (typeof granted !== 'number' || typeof endsInMs !== 'number') {
        throw new TypeError(`the script of the rate limit answered ${JSON.stringify(reply)}`);
      }
      return { granted, endsInMs };
    },
  };
}

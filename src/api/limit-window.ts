import type { RedisClient } from '../queue/connection.js';

/** One fixed window for each tenant, in Redis: all children of all instances on it count in the same key. */
export interface LimitWindow {
  /**
   * Takes as many of the wanted requests as the window has left, in one step: what is granted in one window never
   * exceeds the limit, and equals it as soon as more is wanted.
   */
  take(tenantId: string, wanted: number, limit: number): Promise<Grant>;
}

export interface Grant {
  /** 0 to what was wanted; less than that: the window is used up. */
  readonly granted: number;
  /** Milliseconds until the window ends. */
  readonly endsInMs: number;
}

export const windowMs = 60_000;

/**
 * A window begins with its first request and ends by the key's expiry. When Redis' clock is set back, a key lasts until the
 * clock has caught up, and its tenant would be refused meanwhile: a window that lasts longer than two windows is a new one.
 * Nothing is written when nothing is granted, so a flood costs no disk write.
 */
const script = `
local limit, wanted, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local used = tonumber(redis.call('GET', KEYS[1])) or 0
local ends = redis.call('PTTL', KEYS[1])
local begins = ends < 0 or ends > 2 * window
if begins then
  used = 0
  ends = window
end
local granted = math.max(0, math.min(wanted, limit - used))
if granted > 0 then
  if begins then
    redis.call('SET', KEYS[1], granted, 'PX', window)
  else
    redis.call('INCRBY', KEYS[1], granted)
  end
end
return { granted, ends }
`;

export function createLimitWindow(redis: RedisClient): LimitWindow {
  return {
    async take(tenantId, wanted, limit) {
      const reply: unknown = await redis.eval(script, 1, `enhancement:limit:${tenantId}`, limit, wanted, windowMs);
      const [granted, endsInMs]: readonly unknown[] = Array.isArray(reply) ? reply : [];
      if (typeof granted !== 'number' || typeof endsInMs !== 'number') {
        throw new TypeError(`the script of the rate limit answered ${JSON.stringify(reply)}`);
      }
      return { granted, endsInMs };
    },
  };
}

import { createHash } from 'node:crypto';
import type { RedisClient } from '../redis/connection.js';
import { failFast } from '../redis/fail-fast.js';
import { keyPrefix } from '../redis/key-prefix.js';

/**
 * Detects repeated deliveries by any of their names. Some desks name each delivery in a header that their signature does not
 * cover: a repetition has the same name, perhaps with another body, and an attacker who recorded a request could replay it under
 * another name. So a delivery is a repetition if it shares any name with an earlier one.
 */
export interface DeliveryNames {
  /**
   * @param names of one delivery, at least one
   * @returns the name under which it was first seen
   * @throws {QueueUnavailableError}
   */
  firstOf(tenantId: string, names: readonly string[]): Promise<string>;
}

/** Longer than finished jobs are kept (72 h): after that the same delivery could run again anyway. */
const keptSeconds = 80 * 3600;

/** KEYS the names; ARGV the name to keep if all are new, seconds to keep. */
const firstScript = `
local first
for _, key in ipairs(KEYS) do
  first = first or redis.call('GET', key)
end
first = first or ARGV[1]
for _, key in ipairs(KEYS) do redis.call('SET', key, first, 'EX', ARGV[2], 'NX') end
return first`;

/** @param redis a fail-fast connection: an answer waits for it */
export function createDeliveryNames(redis: RedisClient): DeliveryNames {
  // Hashed, because names have any length and content. With the length of the tenant's id (a, bc) and (ab, c) differ.
  const key = (tenantId: string, name: string): string => {
    const hash = createHash('sha256').update(`${tenantId.length}:${tenantId}:${name}`).digest('hex');
    return `${keyPrefix(redis)}:delivery:${hash.slice(0, 40)}`;
  };
  return {
    async firstOf(tenantId, names) {
      const [name = ''] = names;
      if (names.length === 1) return name;
      const keys = names.map((one) => key(tenantId, one));
      const first = () => redis.eval(firstScript, keys.length, ...keys, name, keptSeconds);
      return String(await failFast(redis, first, { repeatable: true }));
    },
  };
}

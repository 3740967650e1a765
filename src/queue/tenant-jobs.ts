import { z } from 'zod';
import type { PromptQueue } from './prompt-queue.js';

/** Which tenants still have work in the queue. */
export interface TenantJobs {
  /**
   * Those of these tenants that have a job which has not ended: one that waits, is delayed or is being worked on. All of
   * them, where the queue is longer than is looked through.
   *
   * A job that moves from one state to another during the look may be missed.
   *
   * @throws {QueueUnavailableError}
   */
  withJobs(tenantIds: ReadonlySet<string>): Promise<ReadonlySet<string>>;
}

/** Jobs looked at in one script, which takes Redis about a millisecond, and in all. */
const pageSize = 500;
const longestLook = 50_000;

/** Where BullMQ keeps the ids of jobs that have not ended, and whether that is a list or a sorted set. */
const states = [
  { name: 'active', range: 'LRANGE' },
  { name: 'wait', range: 'LRANGE' },
  { name: 'paused', range: 'LRANGE' },
  { name: 'prioritized', range: 'ZRANGE' },
  { name: 'delayed', range: 'ZRANGE' },
] as const;

/**
 * KEYS ids of a state; ARGV range command, first and last index, what job keys begin with. Gives a tenant for each id, or
 * an empty string. A job's text may be a megabyte, so it stays in Redis. A quote inside a JSON string is escaped, so the
 * pattern finds nothing but the key.
 */
const ownersScript = `
local owners = {}
for i, id in ipairs(redis.call(ARGV[1], KEYS[1], ARGV[2], ARGV[3])) do
  local data = redis.call('HGET', ARGV[4] .. id, 'data')
  owners[i] = data and string.match(data, '"tenantId":"([^"]*)"') or ''
end
return owners`;

const ownersSchema = z.array(z.string());

export function createTenantJobs(promptQueue: PromptQueue): TenantJobs {
  const ownersFrom = (state: (typeof states)[number], from: number): Promise<string[]> =>
    promptQueue.use(async (queue, redis) => {
      const [key, jobs] = [queue.toKey(state.name), queue.toKey('')];
      return ownersSchema.parse(await redis.eval(ownersScript, 1, key, state.range, from, from + pageSize - 1, jobs));
    });

  return {
    async withJobs(tenantIds) {
      const found = new Set<string>();
      let looked = 0;
      for (const state of states) {
        for (let from = 0; found.size < tenantIds.size; from += pageSize) {
          const owners = await ownersFrom(state, from);
          for (const owner of owners) if (tenantIds.has(owner)) found.add(owner);
          looked += owners.length;
          if (looked > longestLook) return tenantIds;
          if (owners.length < pageSize) break;
        }
      }
      return found;
    },
  };
}

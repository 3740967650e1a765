import { z } from 'zod';
import type { PromptQueue } from './prompt-queue.js';

/** The jobs of a ticket, by what a person has at hand: the ticket's id, or the correlation id of a log line or a note. */
export interface JobSearch {
  /**
   * Newest first. Nothing is written for this when a webhook is accepted, so jobs are looked through, those of the latest
   * webhooks first: {@link longestLook} in each state at most. A job that changes its state during the search may be
   * missed.
   *
   * @throws {QueueUnavailableError}
   */
  find(ticketOrCorrelationId: string): Promise<FoundJobs>;
}

export interface FoundJobs {
  readonly jobIds: readonly string[];
  /** Jobs beyond the bound, which may be of the ticket too. */
  readonly notLookedAt: number;
}

/** Jobs looked at in one script, which takes Redis about a millisecond, and in one state. */
const pageSize = 500;
export const longestLook = 50_000;

/** Where BullMQ keeps the ids of a state's jobs, how many there are, and the range that begins with the newest. */
const states = [
  { name: 'active', length: 'LLEN', range: 'LRANGE' },
  { name: 'wait', length: 'LLEN', range: 'LRANGE' },
  { name: 'paused', length: 'LLEN', range: 'LRANGE' },
  { name: 'prioritized', length: 'ZCARD', range: 'ZREVRANGE' },
  { name: 'delayed', length: 'ZCARD', range: 'ZREVRANGE' },
  { name: 'failed', length: 'ZCARD', range: 'ZREVRANGE' },
  { name: 'completed', length: 'ZCARD', range: 'ZREVRANGE' },
] as const;

/**
 * KEYS ids of a state; ARGV length command, range command, first and last index, what job keys begin with, ticket id,
 * correlation id. Gives the number of ids in the state, then id and time of each job that was sought. A job's text may be
 * a megabyte, so it stays in Redis. A quote inside a JSON string is escaped, so the patterns find nothing but the keys.
 */
const searchScript = `
local found = { redis.call(ARGV[1], KEYS[1]) }
for _, id in ipairs(redis.call(ARGV[2], KEYS[1], ARGV[3], ARGV[4])) do
  local data = redis.call('HGET', ARGV[5] .. id, 'data')
  if data and (string.match(data, '"ticketId":"([^"]*)"') == ARGV[6]
      or string.match(data, '"correlationId":"([^"]*)"') == ARGV[7]) then
    found[#found + 1] = id
    found[#found + 1] = redis.call('HGET', ARGV[5] .. id, 'timestamp') or '0'
  end
end
return found`;

const pageSchema = z.tuple([z.number()], z.string());

/** @param lookAt jobs that are looked at in each state, at most */
export function createJobSearch(promptQueue: Pick<PromptQueue, 'use'>, lookAt = longestLook): JobSearch {
  const page = (state: (typeof states)[number], from: number, wanted: string) =>
    promptQueue.use(async (queue, redis) => {
      const [ids, jobs] = [queue.toKey(state.name), queue.toKey('')];
      const [total, ...found] = pageSchema.parse(
        // Correlation ids are written in lower case.
        await redis.eval(
          searchScript,
          1,
          ids,
          state.length,
          state.range,
          from,
          from + pageSize - 1,
          jobs,
          wanted,
          wanted.toLowerCase(),
        ),
      );
      return { total, found };
    });

  return {
    async find(wanted) {
      const timeOf = new Map<string, number>();
      let notLookedAt = 0;
      for (const state of states) {
        let total = 1;
        for (let from = 0; from < total && from < lookAt; from += pageSize) {
          const next = await page(state, from, wanted);
          total = next.total;
          for (let i = 0; i < next.found.length; i += 2) timeOf.set(next.found[i] ?? '', Number(next.found[i + 1]));
        }
        notLookedAt += Math.max(0, total - lookAt);
      }
      const newestFirst = [...timeOf].sort(([, a], [, b]) => b - a);
      return { jobIds: newestFirst.map(([id]) => id), notLookedAt };
    },
  };
}

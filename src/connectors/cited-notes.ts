import { z } from 'zod';
import { type CitationOutcome, type CitedSource, outcomeOf, type ResolvedTicket } from '../enhancement/index.js';
import type { RedisClient } from '../redis/connection.js';
import { runScript } from './redis-script.js';

/** Keeps the sources that the note of each ticket cited, until the ticket is resolved. */
export interface CitedNotes {
  remember(tenantId: string, ticketId: string, cited: readonly CitedSource[]): Promise<void>;
  /**
   * Compares a resolution with the sources that the ticket's note cited. Only the first resolution of a ticket is compared.
   *
   * @returns undefined: no note with a cited source is known
   */
  judge(tenantId: string, ticket: ResolvedTicket): Promise<CitationOutcome | undefined>;
}

/** Tickets that are kept for each tenant, the newest ones: 5 MB at most. */
const keptTickets = 5000;
/** The record of a tenant expires this long after its last note. */
const keptMs = 90 * 24 * 3600 * 1000;

/** KEYS sources, order; ARGV ticket id, sources, now in ms, tickets to keep, ms to keep. */
const rememberScript = `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
local surplus = redis.call('ZCARD', KEYS[2]) - ARGV[4]
if surplus > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[2], surplus)
  for i = 1, #oldest, 2 do redis.call('HDEL', KEYS[1], oldest[i]) end
end
for i = 1, 2 do redis.call('PEXPIRE', KEYS[i], ARGV[5]) end
return 1`;

/** KEYS sources, order; ARGV ticket id. */
const takeScript = `
local sources = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return sources`;

const citedSchema = z.array(z.object({ id: z.string(), title: z.string(), terms: z.array(z.string()) }));

/**
 * Keeps them in Redis, under keys of each tenant.
 *
 * @param now epoch milliseconds. Default: the clock of this machine
 */
export function createCitedNotes(redis: RedisClient, now: () => number = Date.now): CitedNotes {
  const keys = (tenantId: string): string[] =>
    ['sources', 'order'].map((name) => `enhancement:citations:{${tenantId}}:${name}`);
  return {
    async remember(tenantId, ticketId, cited) {
      if (cited.length === 0) return;
      const values = [ticketId, JSON.stringify(cited), now(), keptTickets, keptMs];
      await runScript(redis, rememberScript, keys(tenantId), values);
    },
    async judge(tenantId, ticket) {
      const reply = z
        .string()
        .nullable()
        .parse(await runScript(redis, takeScript, keys(tenantId), [ticket.ticketId]));
      return reply === null ? undefined : outcomeOf(ticket, citedSchema.parse(JSON.parse(reply)));
    },
  };
}

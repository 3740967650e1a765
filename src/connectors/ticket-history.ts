import { z } from 'zod';
import { type HistoryChanges, resolvedTicketSchema, type TicketHistory, until } from '../enhancement/index.js';
import type { RedisClient } from '../queue/connection.js';
import { runScript } from './redis-script.js';

/** The newest so many tickets of a tenant are kept; as many as a worker searches. */
const keptTickets = 20_000;
const pageSize = 500;

/**
 * KEYS version, order, tickets; ARGV ticket id, ticket, tickets to keep. `order` is the change log, compacted: each
 * ticket under the version of its last change.
 */
const upsertScript = `
local version = redis.call('INCR', KEYS[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], version, ARGV[1])
local surplus = redis.call('ZCARD', KEYS[2]) - ARGV[3]
if surplus > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[2], surplus)
  for i = 1, #oldest, 2 do redis.call('HDEL', KEYS[3], oldest[i]) end
end
return version`;

/** KEYS version, order, tickets; ARGV the reader's version, page size. Returns version of the store, of the page, tickets. */
const changesScript = `
local version = tonumber(redis.call('GET', KEYS[1]) or '0')
local since = tonumber(ARGV[1])
local reset = 0
if version < since then since = 0; reset = 1 end
if version == since then return {reset, version, {}} end
local page = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
if #page == 0 then return {reset, version, {}} end
local ids = {}
for i = 1, #page, 2 do ids[#ids + 1] = page[i] end
return {reset, page[#page], redis.call('HMGET', KEYS[3], unpack(ids))}`;

const changesReply = z.tuple([z.coerce.number(), z.coerce.number(), z.array(z.string().nullable())]);

/**
 * The history of all tenants in Redis, each under keys of its own.
 *
 * @param redis with prompt timeouts for the API, patient for a worker
 */
export function createTicketHistory(redis: RedisClient): TicketHistory {
  const keys = (tenantId: string): string[] =>
    ['version', 'order', 'tickets'].map((name) => `enhancement:history:{${tenantId}}:${name}`);

  return {
    async upsert(tenantId, ticket) {
      await runScript(redis, upsertScript, keys(tenantId), [ticket.ticketId, JSON.stringify(ticket), keptTickets]);
    },
    async changesSince(tenantId, cursor, signal): Promise<HistoryChanges> {
      const reply = await until(signal, () => runScript(redis, changesScript, keys(tenantId), [cursor, pageSize]));
      const [reset, version, tickets] = changesReply.parse(reply);
      return {
        reset: reset === 1,
        cursor: version,
        tickets: tickets.filter((one) => one !== null).map((one) => resolvedTicketSchema.parse(JSON.parse(one))),
      };
    },
  };
}

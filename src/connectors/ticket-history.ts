import { z } from 'zod';
import {
  type HistoryChanges,
  type ResolvedTicket,
  resolvedTicketSchema,
  type TicketHistory,
  until,
} from '../enhancement/index.js';
import type { RedisClient } from '../redis/connection.js';
import { runScript } from './redis-script.js';

/** Bounds of what is kept for a tenant: the newest tickets, and bytes of them as JSON. */
export const historyBounds = { tickets: 100_000, bytes: 64 * 1024 * 1024 } as const;
/** Bounds of one page for a worker, which parses it in one turn of its event loop. */
const pageTickets = 500;
const pageBytes = 256 * 1024;

const beginVersions = `
if redis.call('SETNX', KEYS[1], ARGV[5]) == 1 then redis.call('SET', KEYS[5], ARGV[5]) end`;

const countBytes = `
local bytes = redis.call('GET', KEYS[4])
if not bytes then
  bytes = 0
  for _, ticket in ipairs(redis.call('HVALS', KEYS[3])) do bytes = bytes + #ticket end
end`;

/**
 * KEYS version, order, tickets, bytes, first; ARGV ticket id, ticket, tickets to keep, bytes to keep, epoch milliseconds. `order`
 * is the change log, compacted: each ticket under the version of its last change. `bytes` is the size of all tickets, counted
 * at once if an earlier release did not keep it. Versions of a history that begins now are greater than those of one that
 * began before, in this Redis or another: `first` shows a reader of the other one that the history began anew.
 */
const upsertScript = `
${countBytes}
${beginVersions}
local version = redis.call('INCR', KEYS[1])
bytes = bytes - redis.call('HSTRLEN', KEYS[3], ARGV[1]) + #ARGV[2]
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], version, ARGV[1])
local count = redis.call('ZCARD', KEYS[2])
while count > tonumber(ARGV[3]) or (bytes > tonumber(ARGV[4]) and count > 1) do
  local oldest = redis.call('ZPOPMIN', KEYS[2])[1]
  bytes = bytes - redis.call('HSTRLEN', KEYS[3], oldest)
  redis.call('HDEL', KEYS[3], oldest)
  count = count - 1
end
redis.call('SET', KEYS[4], string.format('%.0f', bytes))
return version`;

/** The same KEYS and ARGV; ARGV[6] is 1 for a dry run. An older ticket must not replace a newer one. */
const importScript = `
local present = redis.call('HGET', KEYS[3], ARGV[1])
if present == ARGV[2] then return 'unchanged' end
${countBytes}
bytes = bytes - (present and #present or 0) + #ARGV[2]
if bytes > tonumber(ARGV[4]) or (not present and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3])) then return 'full' end
if ARGV[6] ~= '1' then
${beginVersions}
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
  redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[1]), ARGV[1])
  redis.call('SET', KEYS[4], string.format('%.0f', bytes))
end
return present and 'replaced' or 'added'`;

const importOutcomes = ['added', 'replaced', 'unchanged', 'full'] as const;
/** The outcome for an imported ticket. `full`: there is no room for it, and nothing was changed. */
export type ImportOutcome = (typeof importOutcomes)[number];

/** Adds tickets that were resolved before the service was installed. */
export interface HistoryImports {
  /**
   * Adds the ticket if there is room, or replaces the one with its id if the content differs.
   *
   * @param dryRun returns the outcome without changing anything
   * @throws {EnhancementError} `STORE_UNAVAILABLE`
   */
  take(tenantId: string, ticket: ResolvedTicket, dryRun: boolean): Promise<ImportOutcome>;
}

/**
 * KEYS version, order, tickets, first; ARGV the reader's version, tickets and bytes of a page. Returns reset, version of the page,
 * tickets.
 */
const changesScript = `
local version = tonumber(redis.call('GET', KEYS[1]) or '0')
local since = tonumber(ARGV[1])
local first = tonumber(redis.call('GET', KEYS[4]) or '0')
local reset = 0
if since > 0 and (version < since or since < first) then since = 0; reset = 1 end
if version == since then return {reset, version, {}} end
local page = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local last, tickets, bytes = version, {}, 0
for i = 1, #page, 2 do
  local ticket = redis.call('HGET', KEYS[3], page[i])
  bytes = bytes + (ticket and #ticket or 0)
  if bytes > tonumber(ARGV[3]) and i > 1 then break end
  tickets[#tickets + 1] = ticket
  last = page[i + 1]
end
return {reset, last, tickets}`;

const changesReply = z.tuple([z.coerce.number(), z.coerce.number(), z.array(z.string().nullable())]);

/**
 * The history of all tenants in Redis, each under keys of its own.
 *
 * @param redis a fail-fast connection in the API, a patient one in a worker
 */
export function createTicketHistory(redis: RedisClient): TicketHistory & HistoryImports {
  const keys = (tenantId: string, ...names: readonly string[]): string[] =>
    names.map((name) => `enhancement:history:{${tenantId}}:${name}`);
  const changing = ['version', 'order', 'tickets', 'bytes', 'first'] as const;

  return {
    async upsert(tenantId, ticket) {
      const text = JSON.stringify(ticket);
      await runScript(redis, upsertScript, keys(tenantId, ...changing), [
        ticket.ticketId,
        text,
        historyBounds.tickets,
        historyBounds.bytes,
        Date.now(),
      ]);
    },
    async take(tenantId, ticket, dryRun) {
      const values = [
        ticket.ticketId,
        JSON.stringify(ticket),
        historyBounds.tickets,
        historyBounds.bytes,
        Date.now(),
        dryRun ? 1 : 0,
      ];
      return z.enum(importOutcomes).parse(await runScript(redis, importScript, keys(tenantId, ...changing), values));
    },
    async changesSince(tenantId, cursor, signal): Promise<HistoryChanges> {
      const reply = await until(signal, () =>
        runScript(redis, changesScript, keys(tenantId, 'version', 'order', 'tickets', 'first'), [
          cursor,
          pageTickets,
          pageBytes,
        ]),
      );
      const [reset, version, tickets] = changesReply.parse(reply);
      return {
        reset: reset === 1,
        cursor: version,
        tickets: tickets.filter((one) => one !== null).map((one) => resolvedTicketSchema.parse(JSON.parse(one))),
      };
    },
  };
}

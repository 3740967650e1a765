import { z } from 'zod';
import { jobKey, queueKey } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';

/** Searches the data of many jobs inside Redis, without reading it: a job may have a megabyte of text. */

/** BullMQ's key of the ids of each state's jobs, with the commands for their number and for a range, newest first. */
const states = {
  active: { length: 'LLEN', range: 'LRANGE' },
  wait: { length: 'LLEN', range: 'LRANGE' },
  paused: { length: 'LLEN', range: 'LRANGE' },
  prioritized: { length: 'ZCARD', range: 'ZREVRANGE' },
  delayed: { length: 'ZCARD', range: 'ZREVRANGE' },
  failed: { length: 'ZCARD', range: 'ZREVRANGE' },
  completed: { length: 'ZCARD', range: 'ZREVRANGE' },
} as const;

export type ScannedState = keyof typeof states;

/** The states of jobs that have not ended. */
export const unendedStates = ['active', 'wait', 'paused', 'prioritized', 'delayed'] as const satisfies ScannedState[];
export const allStates = [...unendedStates, 'failed', 'completed'] as const satisfies ScannedState[];

/** A page of the jobs of one state, newest first. */
export interface ScanPage {
  readonly state: ScannedState;
  readonly from: number;
  readonly count: number;
}

export interface ScannedTicket {
  readonly jobId: string;
  /** Epoch milliseconds. */
  readonly queuedAtMs: number;
}

/**
 * KEYS ids of a state; ARGV length command, range command, first and last index, prefix of job keys, ticket id,
 * correlation id. Returns the number of ids in the state, then id and time of each matching job. A quote inside a JSON string is
 * escaped, so the patterns match only keys.
 */
const ticketScript = `
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

const ticketReply = z.tuple([z.number()], z.string());

/** @returns the jobs of a ticket or a correlation id in the page, newest first, and how many jobs the state has */
export async function scanForTicket(
  { redis }: QueueAccess,
  { state, from, count }: ScanPage,
  wanted: string,
): Promise<{ readonly total: number; readonly found: readonly ScannedTicket[] }> {
  const { length, range } = states[state];
  // Correlation ids are written in lower case.
  const values = [length, range, from, from + count - 1, jobKey(redis, ''), wanted, wanted.toLowerCase()];
  const [total, ...found] = ticketReply.parse(await redis.eval(ticketScript, 1, queueKey(redis, state), ...values));
  const tickets = found.flatMap((jobId, i) => (i % 2 === 0 ? [{ jobId, queuedAtMs: Number(found[i + 1]) }] : []));
  return { total, found: tickets };
}

/**
 * KEYS ids of a state; ARGV range command, first and last index, prefix of job keys. Returns a tenant for each id, or an empty
 * string.
 */
const ownersScript = `
local owners = {}
for i, id in ipairs(redis.call(ARGV[1], KEYS[1], ARGV[2], ARGV[3])) do
  local data = redis.call('HGET', ARGV[4] .. id, 'data')
  owners[i] = data and string.match(data, '"tenantId":"([^"]*)"') or ''
end
return owners`;

/** @returns the tenant of each job in the page; empty: the data names none */
export async function scanOwners({ redis }: QueueAccess, { state, from, count }: ScanPage): Promise<readonly string[]> {
  const values = [states[state].range, from, from + count - 1, jobKey(redis, '')];
  return z.array(z.string()).parse(await redis.eval(ownersScript, 1, queueKey(redis, state), ...values));
}

import { z } from 'zod';
import { cachedScript } from '../cached-script.js';
import type { RedisClient } from '../connection.js';
import { jobKey, queueKey } from '../keys.js';
import { firstScore, turnOfScore } from './scores.js';

/** The jobs that wait for a worker, in the order of their turns. */
export interface WaitingJobs {
  ids(from: number, count: number): Promise<readonly string[]>;
  /** A job's data as text; undefined: the job does not exist. */
  dataOf(jobId: string): Promise<string | undefined>;
  /** Puts a job before all others. @returns false: it no longer waits, or is there already */
  putFirst(jobId: string): Promise<boolean>;
}

export function createWaitingJobs(redis: RedisClient): WaitingJobs {
  const key = queueKey(redis, 'prioritized');
  return {
    ids: (from, count) => redis.zrange(key, from, String(from + count - 1)),
    dataOf: async (jobId) => (await redis.hget(jobKey(redis, jobId), 'data')) ?? undefined,
    // BullMQ's own scores are larger, so only the first caller changes the score.
    putFirst: async (jobId) => (await redis.zadd(key, 'XX', 'CH', String(firstScore), jobId)) === 1,
  };
}

export interface BacklogSnapshot {
  /** The first and the last turn of waiting jobs. */
  readonly first: number;
  readonly last: number;
  /** Those of the requested jobs that wait. */
  readonly waiting: ReadonlySet<string>;
}

/** KEYS prioritized jobs; ARGV ids. In one round trip, without ZMSCORE, which Redis 6.0 lacks. */
const backlogScript = cachedScript(`
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
if not first then return {} end
local waiting = {}
for i, id in ipairs(ARGV) do
  if redis.call('ZSCORE', KEYS[1], id) then waiting[#waiting + 1] = id end
end
return { first, redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2], waiting }`);

const backlogSchema = z.union([z.tuple([]), z.tuple([z.string(), z.string(), z.array(z.string())])]);

/** @returns undefined when no job waits */
export async function readBacklog(redis: RedisClient, jobIds: readonly string[]): Promise<BacklogSnapshot | undefined> {
  const reply = backlogSchema.parse(await backlogScript(redis, [queueKey(redis, 'prioritized')], jobIds));
  if (reply.length === 0) return undefined;
  const [first, last, waiting] = reply;
  return { first: turnOfScore(first), last: turnOfScore(last), waiting: new Set(waiting) };
}

/** Turns reorder the queue, so the oldest may be behind others: a look at the first so many. */
const headLength = 50;

/**
 * When the oldest of the first jobs was queued, epoch milliseconds; undefined: none waits. Reads no data of jobs, which may be a
 * megabyte each: this is asked every second.
 */
export async function oldestQueuedAtMs(redis: RedisClient): Promise<number | undefined> {
  const heads = await Promise.all([
    redis.lrange(queueKey(redis, 'wait'), -1, -1),
    redis.lrange(queueKey(redis, 'paused'), -1, -1),
    redis.zrange(queueKey(redis, 'prioritized'), 0, String(headLength - 1)),
  ]);
  const found = await Promise.all(heads.flat().map((id) => redis.hget(jobKey(redis, id), 'timestamp')));
  const timestamps = found.flatMap((timestamp) => (timestamp === null ? [] : [Number(timestamp)]));
  return timestamps.length === 0 ? undefined : Math.min(...timestamps);
}

import type { RedisClient } from './connection.js';
import { jobKey, queueKey } from './keys.js';
import type { QueueAccess } from './queue-access.js';
import { delayedScore, dueAtMs } from './scores.js';

/** Jobs that wait for a time: deferred ones, retries, suspects without room. */
export interface DelayedJob {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly dueAtMs: number;
  /** The text of what is kept of its run. */
  readonly progress: unknown;
}

/** In the order in which they are due. */
export async function delayedJobs(redis: RedisClient, from: number, count: number): Promise<readonly DelayedJob[]> {
  const page = await redis.zrange(queueKey(redis, 'delayed'), from, String(from + count - 1), 'WITHSCORES');
  const entries = page.flatMap((id, i) => (i % 2 === 0 ? [{ id, dueAtMs: dueAtMs(Number(page[i + 1])) }] : []));
  const pipeline = redis.pipeline();
  for (const { id } of entries) pipeline.hget(jobKey(redis, id), 'progress');
  const replies = (await pipeline.exec()) ?? [];
  return entries.map((entry, i) => ({ ...entry, progress: replies[i]?.[1] }));
}

export function countDelayed(redis: RedisClient): Promise<number> {
  return redis.zcard(queueKey(redis, 'delayed'));
}

/** Those that are due first. */
export function delayedIds(redis: RedisClient, count: number): Promise<string[]> {
  return redis.zrange(queueKey(redis, 'delayed'), 0, String(count - 1));
}

/** Some of those that are due later than this, epoch milliseconds. */
export function delayedIdsAfter(redis: RedisClient, atMs: number, count: number): Promise<string[]> {
  return redis.zrangebyscore(queueKey(redis, 'delayed'), `(${delayedScore(atMs)}`, '+inf', 'LIMIT', 0, count);
}

/**
 * Makes delayed jobs run now, without reading their data, which may be a megabyte each.
 *
 * @returns how many; one may just have come up by itself, or be gone
 */
export async function runNow({ queue }: QueueAccess, jobIds: readonly string[]): Promise<number> {
  const { Job } = await import('bullmq');
  const done = await Promise.allSettled(jobIds.map((id) => new Job(queue, '', {}, {}, id).promote()));
  return done.filter(({ status }) => status === 'fulfilled').length;
}

/** BullMQ keeps a second check for stalled jobs away with a key that lives until a time of the wall clock. */
export async function allowStalledCheck(redis: RedisClient): Promise<void> {
  await redis.del(queueKey(redis, 'stalled-check'));
}

import type { RedisClient } from '../connection.js';
import { jobKey, queueKey } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { delayedScore, dueAtMs } from './scores.js';

/** A job that waits for a time: deferred, to be retried, or a suspect for which a worker had no room. */
export interface DelayedJob {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly dueAtMs: number;
  /** Its `progress` field (queue/job-run.ts), as text. */
  readonly progress: unknown;
}

/** A page of the delayed jobs, in the order in which they are due. @param from index, from 0 */
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

/** Ids of the delayed jobs that are due first. */
export function delayedIds(redis: RedisClient, count: number): Promise<string[]> {
  return redis.zrange(queueKey(redis, 'delayed'), 0, String(count - 1));
}

/** Ids of delayed jobs that are due after this time, epoch milliseconds; at most `count`. */
export function delayedIdsAfter(redis: RedisClient, atMs: number, count: number): Promise<string[]> {
  return redis.zrangebyscore(queueKey(redis, 'delayed'), `(${delayedScore(atMs)}`, '+inf', 'LIMIT', 0, count);
}

/**
 * Promotes delayed jobs without reading their data, which may be a megabyte each.
 *
 * @returns the number of jobs promoted; others were due meanwhile, or no longer exist
 */
export async function runNow({ queue }: QueueAccess, jobIds: readonly string[]): Promise<number> {
  const { Job } = await import('bullmq');
  const done = await Promise.allSettled(jobIds.map((id) => new Job(queue, '', {}, {}, id).promote()));
  return done.filter(({ status }) => status === 'fulfilled').length;
}

/** Removes the key that suppresses checks for stalled jobs: it expires at a time of the wall clock. */
export async function allowStalledCheck(redis: RedisClient): Promise<void> {
  await redis.del(queueKey(redis, 'stalled-check'));
}

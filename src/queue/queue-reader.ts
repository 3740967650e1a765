import type { Queue } from 'bullmq';
import { randomUUID } from 'node:crypto';
import type { RedisClient } from './connection.js';
import { type FailedJob, toFailedJob } from './failed-job.js';
import type { PromptQueue } from './prompt-queue.js';

/** The queue as it was at one moment. */
export interface QueueState {
  readonly counts: Readonly<Record<'waiting' | 'prioritized' | 'delayed' | 'active' | 'failed', number>>;
  /** Jobs that wait for a worker, delayed retries included: what the metric `queue_depth` says. */
  readonly depth: number;
  /** 0 when no job waits. */
  readonly oldestJobAgeSeconds: number;
}

export interface QueueReader {
  /** @throws {QueueUnavailableError} within about a second, as all of these */
  read(): Promise<QueueState>;
  /** @param limit newest first, at most so many */
  failed(limit: number): Promise<readonly FailedJob[]>;
  ping(): Promise<void>;
  /** Writes what a job would need, a hash and a sorted set under the queue's prefix, and removes it in the same step. */
  probeWrite(): Promise<void>;
}

/**
 * KEYS hash, sorted set; ARGV a value of this probe. In a script, as BullMQ adds its jobs. The expiry is for a server that
 * ends in the middle.
 */
const probeScript = `
redis.call('HSET', KEYS[1], 'at', ARGV[1])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
redis.call('PEXPIRE', KEYS[1], 1000)
redis.call('PEXPIRE', KEYS[2], 1000)
return redis.call('DEL', KEYS[1], KEYS[2])`;

export function createQueueReader(promptQueue: PromptQueue): QueueReader {
  return {
    read: () =>
      promptQueue.use(async (queue, redis) => {
        const [found, oldestJobAgeSeconds] = await Promise.all([
          queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'failed'),
          oldestAgeSeconds(queue, redis),
        ]);
        const counts = {
          waiting: found['waiting'] ?? 0,
          prioritized: found['prioritized'] ?? 0,
          delayed: found['delayed'] ?? 0,
          active: found['active'] ?? 0,
          failed: found['failed'] ?? 0,
        };
        return { counts, depth: counts.waiting + counts.prioritized + counts.delayed, oldestJobAgeSeconds };
      }),
    failed: (limit) => promptQueue.use(async (queue) => (await queue.getFailed(0, limit - 1)).map(toFailedJob)),
    ping: () => promptQueue.use(async (_queue, redis) => void (await redis.ping())),
    probeWrite: () =>
      promptQueue.use(async (queue, redis) => {
        const keys = [queue.toKey('write-probe'), queue.toKey('write-probe-order')];
        await redis.eval(probeScript, keys.length, ...keys, randomUUID());
      }),
  };
}

/** Priorities reorder the queue, so the oldest may stand behind others: a look at the oldest of each state's head. */
const headLength = 50;

/** Reads when jobs were queued, and not their data, which may be a megabyte each: this is asked every second. */
async function oldestAgeSeconds(queue: Queue, redis: RedisClient): Promise<number> {
  const heads = await Promise.all([
    redis.lrange(queue.toKey('wait'), -1, -1),
    redis.lrange(queue.toKey('paused'), -1, -1),
    redis.zrange(queue.toKey('prioritized'), 0, String(headLength - 1)),
  ]);
  const found = await Promise.all(heads.flat().map((id) => redis.hget(queue.toKey(id), 'timestamp')));
  const timestamps = found.flatMap((timestamp) => (timestamp === null ? [] : [Number(timestamp)]));
  return timestamps.length === 0 ? 0 : Math.max(0, (Date.now() - Math.min(...timestamps)) / 1000);
}

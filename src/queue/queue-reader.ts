import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { promptConnection } from './connection.js';
import { QueueUnavailableError } from './errors.js';
import { queueName, queuePrefix } from './job.js';

/** The queue as it was at one moment. */
export interface QueueState {
  readonly counts: Readonly<Record<'waiting' | 'prioritized' | 'delayed' | 'active' | 'failed', number>>;
  /** 0 when no job waits. */
  readonly oldestJobAgeSeconds: number;
}

export interface FailedJob {
  readonly id: string;
  readonly tenantId: string;
  readonly ticketId: string;
  readonly reason: string;
  readonly attempts: number;
  readonly finishedAt: string;
}

export interface QueueReader {
  /** @throws {QueueUnavailableError} within about a second */
  read(): Promise<QueueState>;
  /** @param limit newest first, at most so many */
  failed(limit: number): Promise<readonly FailedJob[]>;
  ping(): Promise<void>;
  /** Puts a dead worker's job back to the front of the queue. @returns false when it was no longer that worker's */
  giveBack(jobId: string, token: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Reads the queue for the primary, on a connection of its own, so that a slow read never waits behind others. */
export function createQueueReader(redisUrl: string): QueueReader {
  const client = promptConnection(redisUrl);
  let queue: Queue | undefined;
  client.on('ready', () => {
    if (queue !== undefined) return;
    queue = new Queue(queueName, { prefix: queuePrefix, connection: client, skipVersionCheck: true, skipWaitingForReady: true });
    queue.on('error', () => undefined);
  });

  const use = async <T>(task: (queue: Queue, client: Redis) => Promise<T>): Promise<T> => {
    if (queue === undefined || client.status !== 'ready') throw new QueueUnavailableError(`Redis is ${client.status}`);
    try {
      return await task(queue, client);
    } catch (error) {
      throw new QueueUnavailableError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  };

  return {
    read: () =>
      use(async (queue) => {
        const [found, oldest] = await Promise.all([
          queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'failed'),
          oldestAgeSeconds(queue),
        ]);
        const counts = {
          waiting: found['waiting'] ?? 0,
          prioritized: found['prioritized'] ?? 0,
          delayed: found['delayed'] ?? 0,
          active: found['active'] ?? 0,
          failed: found['failed'] ?? 0,
        };
        return { counts, oldestJobAgeSeconds: oldest };
      }),
    failed: (limit) =>
      use(async (queue) => {
        const jobs = await queue.getFailed(0, limit - 1);
        return jobs.map((job) => ({
          id: job.id ?? '',
          tenantId: String(job.data?.tenantId ?? ''),
          ticketId: String(job.data?.ticketId ?? ''),
          reason: job.failedReason ?? '',
          attempts: job.attemptsMade,
          finishedAt: new Date(job.finishedOn ?? job.timestamp).toISOString(),
        }));
      }),
    ping: () => use(async (_queue, redis) => void (await redis.ping())),
    giveBack: (jobId, token) =>
      use(async (queue) => {
        const job = await queue.getJob(jobId);
        if (job === undefined || !(await job.isActive())) return false;
        await job.moveToWait(token);
        return true;
      }),
    async close() {
      await queue?.close();
      client.disconnect();
    },
  };
}

/** Priorities reorder the queue, so the oldest may stand behind others: a look at the oldest of each state's head. */
const headLength = 50;

async function oldestAgeSeconds(queue: Queue): Promise<number> {
  const heads = await Promise.all([
    queue.getJobs(['waiting'], 0, 0, true),
    queue.getJobs(['prioritized'], 0, headLength - 1, true),
  ]);
  const timestamps = heads.flat().flatMap((job) => (job ? [job.timestamp] : []));
  return timestamps.length === 0 ? 0 : Math.max(0, (Date.now() - Math.min(...timestamps)) / 1000);
}

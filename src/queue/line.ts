import { z } from 'zod';
import { keyPrefix, type RedisClient } from './connection.js';
import { queueName } from './job.js';

export interface WaitingJob {
  readonly jobId: string;
  readonly tenantId: string;
}

/** Those who wait in the queue, as seen by a worker that has no slot for them. */
export interface Line {
  /** The first few, in order. */
  first(): Promise<readonly WaitingJob[]>;
  /** Puts a job before all others. False: it is not there any more, or another worker did it before. */
  moveToHead(jobId: string): Promise<boolean>;
}

/** A tenant that has nothing waiting is put before all but those who are as new; of those there are few. */
const looked = 64;

const dataSchema = z.object({ tenantId: z.string() });

export function createLine(redis: RedisClient): Line {
  const queueKey = `${keyPrefix(redis)}:${queueName}`;
  /** Whose the jobs are that were there at the last look: most of them still are. */
  let known = new Map<string, string>();

  async function tenantOf(jobId: string): Promise<string> {
    const data = await redis.hget(`${queueKey}:${jobId}`, 'data');
    return (data === null ? undefined : dataSchema.safeParse(JSON.parse(data)).data?.tenantId) ?? '';
  }

  return {
    async first() {
      const jobIds = await redis.zrange(`${queueKey}:prioritized`, 0, String(looked - 1));
      const jobs = await Promise.all(
        jobIds.map(async (jobId) => ({ jobId, tenantId: known.get(jobId) ?? (await tenantOf(jobId)) })),
      );
      known = new Map(jobs.map(({ jobId, tenantId }) => [jobId, tenantId]));
      return jobs;
    },
    // Each of BullMQ's own scores is larger than 0 (producer.ts), so this is a change for the first who does it alone.
    moveToHead: async (jobId) => (await redis.zadd(`${queueKey}:prioritized`, 'XX', 'CH', '0', jobId)) === 1,
  };
}

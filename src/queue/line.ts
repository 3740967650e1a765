import { z } from 'zod';
import { keyPrefix, type RedisClient } from './connection.js';
import { queueName } from './job.js';

/** The jobs that wait in the queue, as seen by a worker that may take those of some tenants only. */
export interface Line {
  /**
   * Puts the first job of an acceptable tenant before all others.
   *
   * @returns false when none of the first jobs is, or other workers have put them forward
   */
  bringForward(isAcceptable: (tenantId: string) => boolean): Promise<boolean>;
}

/** A tenant that has nothing waiting is put before all but those who are as new; of those there are few. */
const looked = 64;

const dataSchema = z.object({ tenantId: z.string() });

export function createLine(redis: RedisClient): Line {
  const queueKey = `${keyPrefix(redis)}:${queueName}`;
  const waitingKey = `${queueKey}:prioritized`;
  /** Whose the jobs are that were there at the last look: most of them still are. */
  let known = new Map<string, string>();

  async function tenantOf(jobId: string): Promise<string> {
    const data = await redis.hget(`${queueKey}:${jobId}`, 'data');
    return (data === null ? undefined : dataSchema.safeParse(JSON.parse(data)).data?.tenantId) ?? '';
  }

  async function first(): Promise<Map<string, string>> {
    const jobIds = await redis.zrange(waitingKey, 0, String(looked - 1));
    known = new Map(
      await Promise.all(
        jobIds.map(async (jobId): Promise<[string, string]> => [jobId, known.get(jobId) ?? (await tenantOf(jobId))]),
      ),
    );
    return known;
  }

  // Each of BullMQ's own scores is larger than 0 (producer.ts), so this is a change for the first who does it alone.
  const moveToHead = async (jobId: string): Promise<boolean> =>
    (await redis.zadd(waitingKey, 'XX', 'CH', '0', jobId)) === 1;

  return {
    async bringForward(isAcceptable) {
      for (const [jobId, tenantId] of await first()) {
        if (isAcceptable(tenantId) && (await moveToHead(jobId))) return true;
      }
      return false;
    },
  };
}

import type { Redis } from 'ioredis';
import { z } from 'zod';
import { queueName, queuePrefix } from './job.js';

const dataSchema = z.object({ tenantId: z.string() });

/** Whose job waits at the head of the queue; undefined: none does, or it was taken just now. */
export async function tenantNextInLine(redis: Redis): Promise<string | undefined> {
  const [jobId] = await redis.zrange(`${queuePrefix}:${queueName}:prioritized`, 0, '0');
  if (jobId === undefined) return undefined;
  const data = await redis.hget(`${queuePrefix}:${queueName}:${jobId}`, 'data');
  return data === null ? undefined : dataSchema.safeParse(JSON.parse(data)).data?.tenantId;
}

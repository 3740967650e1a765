import { z } from 'zod';
import type { RedisClient } from '../redis/connection.js';
import type { FailFastQueue } from '../redis/fail-fast-queue.js';

/** The last failure of a language model for which a note was written without it, for the status page. */
const modelFailureSchema = z.object({
  tenantId: z.string(),
  model: z.string(),
  /** With the endpoint's own message; safe to show. */
  message: z.string(),
  atMs: z.number(),
});
export type ModelFailure = Readonly<z.infer<typeof modelFailureSchema>>;

const key = 'enhancement:model-failure';
const keptSeconds = 24 * 3600;

/** Never rejects: the log has the failure, too. */
export async function recordModelFailure(redis: RedisClient, failure: ModelFailure): Promise<void> {
  await redis.set(key, JSON.stringify(failure), 'EX', keptSeconds).catch(() => undefined);
}

/**
 * @returns undefined if no model has failed in the last day
 * @throws {QueueUnavailableError}
 */
export async function readModelFailure(queue: FailFastQueue): Promise<ModelFailure | undefined> {
  const stored = await queue.use(({ redis }) => redis.get(key));
  return stored === null ? undefined : modelFailureSchema.parse(JSON.parse(stored));
}

import { z } from 'zod';
import type { EnhancementJob, Priority } from './job.js';
import { openPromptQueue } from './prompt-queue.js';

export interface ProducerOptions {
  readonly redisUrl: string;
  /** How often a job is tried before it has failed for good. */
  readonly attempts: number;
}

export interface EnhancementProducer {
  /**
   * Resolves when Redis has acknowledged the job.
   *
   * @returns whether the job was there before, and the correlation id of the delivery that created it
   * @throws {QueueUnavailableError} within 1.2 s; the job may have been added all the same, so retry with the same id
   */
  enqueue(jobId: string, job: EnhancementJob): Promise<{ readonly duplicate: boolean; readonly correlationId: string }>;
  close(): Promise<void>;
}

/** BullMQ's priorities: a lower number is served earlier. All jobs have one, or those without would overtake. */
const urgency: Record<Priority, number> = { critical: 1, high: 2, medium: 3, low: 4 };

/** Delay before the second attempt; it doubles from there, give or take half. */
const backoffMs = 1000;

/** Longer than any desk retries a delivery: while a finished job is kept, its delivery cannot run again. */
const keepCompletedSeconds = 72 * 3600;

/** Bounds the memory of finished jobs where a desk sends more than ten a second for three days. */
const keepCompletedCount = 3_000_000;

const storedSchema = z.object({ nonce: z.string(), correlationId: z.string() });

export function createProducer({ redisUrl, attempts }: ProducerOptions): EnhancementProducer {
  const promptQueue = openPromptQueue(redisUrl);
  return {
    enqueue: (jobId, job) =>
      promptQueue.use(async (queue, redis) => {
        await queue.add('enhance', job, {
          jobId,
          priority: urgency[job.priority],
          attempts,
          backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
          removeOnComplete: { age: keepCompletedSeconds, count: keepCompletedCount },
          removeOnFail: false,
        });
        // A repeated id changes nothing in Redis and is not reported: the nonce tells whose delivery made the job.
        const stored = storedSchema.parse(JSON.parse((await redis.hget(queue.toKey(jobId), 'data')) ?? 'null'));
        return { duplicate: stored.nonce !== job.nonce, correlationId: stored.correlationId };
      }),
    close: () => promptQueue.close(),
  };
}

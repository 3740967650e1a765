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

/** When all promises that are settled now have had their turn, and BullMQ with them has written its command. */
function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

export function createProducer({ redisUrl, attempts }: ProducerOptions): EnhancementProducer {
  const promptQueue = openPromptQueue(redisUrl);
  return {
    enqueue: (jobId, job) =>
      promptQueue.use(async (queue, redis) => {
        const added = queue.add('enhance', job, {
          jobId,
          priority: urgency[job.priority],
          attempts,
          backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
          removeOnComplete: { age: keepCompletedSeconds, count: keepCompletedCount },
          removeOnFail: false,
        });
        added.catch(() => undefined); // it is awaited below, a tick later
        // A repeated id changes nothing in Redis and is not reported: the nonce tells whose delivery made the job. Asked
        // in the same tick, right behind the add, so that it costs no second wait for Redis' disk.
        await nextTick();
        const read = () => redis.hget(queue.toKey(jobId), 'data');
        const [, found] = await Promise.all([added, read()]);
        const stored = storedSchema.parse(JSON.parse(found ?? (await read()) ?? 'null'));
        return { duplicate: stored.nonce !== job.nonce, correlationId: stored.correlationId };
      }),
    close: () => promptQueue.close(),
  };
}

import { Queue } from 'bullmq';
import { z } from 'zod';
import { promptConnection } from './connection.js';
import { QueueUnavailableError } from './errors.js';
import { type EnhancementJob, type Priority, queueName, queuePrefix } from './job.js';

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
  const client = promptConnection(redisUrl);
  let queue: Queue | undefined;
  // BullMQ asks Redis for its version when a queue is made, and never asks again if that fails: made when Redis is there.
  client.on('ready', () => {
    if (queue !== undefined) return;
    queue = new Queue(queueName, { prefix: queuePrefix, connection: client, skipVersionCheck: true, skipWaitingForReady: true });
    queue.on('error', () => undefined); // each enqueue fails by itself
  });

  const add = async (jobId: string, job: EnhancementJob) => {
    if (queue === undefined || client.status !== 'ready') throw new QueueUnavailableError(`Redis is ${client.status}`);
    await queue.add('enhance', job, {
      jobId,
      priority: urgency[job.priority],
      attempts,
      backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
      removeOnComplete: { age: keepCompletedSeconds, count: keepCompletedCount },
      removeOnFail: false,
    });
    // A repeated id changes nothing in Redis and is not reported: the nonce tells whose delivery made the job.
    const stored = await client.hget(queue.toKey(jobId), 'data');
    const first = storedSchema.safeParse(JSON.parse(stored ?? 'null'));
    return first.success
      ? { duplicate: first.data.nonce !== job.nonce, correlationId: first.data.correlationId }
      : { duplicate: false, correlationId: job.correlationId };
  };

  return {
    async enqueue(jobId, job) {
      try {
        return await add(jobId, job);
      } catch (error) {
        if (error instanceof QueueUnavailableError) throw error;
        throw new QueueUnavailableError(error instanceof Error ? error.message : String(error), { cause: error });
      }
    },
    async close() {
      await queue?.close();
      client.disconnect();
    },
  };
}

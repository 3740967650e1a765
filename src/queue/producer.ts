import type { Queue, Telemetry } from 'bullmq';
import { z } from 'zod';
import type { RedisClient } from './connection.js';
import { retryBackoff } from './delay.js';
import { createFairQueueing, type QueuedJob, type Waiting } from './fair-queueing.js';
import type { EnhancementJob } from './job.js';
import { openPromptQueue } from './prompt-queue.js';

export interface ProducerOptions {
  readonly redisUrl: string;
  /** How often a job is tried before it has failed for good. */
  readonly attempts: number;
  /** Takes the trace that is under way along with each job. */
  readonly telemetry?: Telemetry | undefined;
}

export interface EnhancementProducer {
  /** Resolves when Redis can be written to, or when it has not become so in this time, milliseconds. */
  ready(withinMs: number): Promise<void>;
  /**
   * Resolves when Redis has acknowledged the job.
   *
   * @returns whether the job was there before, and the correlation id of the delivery that created it
   * @throws {QueueUnavailableError} within 1.2 s; the job may have been added all the same, so retry with the same id
   */
  enqueue(jobId: string, job: EnhancementJob): Promise<{ readonly duplicate: boolean; readonly correlationId: string }>;
  close(): Promise<void>;
}

/** Longer than any desk retries a delivery: while a finished job is kept, its delivery cannot run again. */
const keepCompletedSeconds = 72 * 3600;

/** Bounds the memory of finished jobs where a desk sends more than ten a second for three days. */
const keepCompletedCount = 3_000_000;

/** How old our idea of the backlog may be: long enough to cost nothing, short against any backlog that matters. */
const backlogLookMs = 10;

/**
 * From this age on our idea may be of a backlog that has ended, and of turns that the next one does not come to for long: a
 * job that was queued by it would wait behind all that other instances have queued since. Then it is worth a wait.
 */
const backlogForgottenMs = 50;

/** BullMQ keeps a job with a priority in a sorted set under priority * 2^32 + order of arrival. */
const turnOfScore = (score: string | undefined): number => Math.floor(Number(score) / 2 ** 32);

/** @param latest jobs of which it is to be known whether they still wait */
async function readBacklog(
  queue: Queue,
  redis: RedisClient,
  latest: readonly QueuedJob[],
): Promise<Waiting | undefined> {
  const key = queue.toKey('prioritized');
  const [[, first], [, last], scores] = await Promise.all([
    redis.zrange(key, 0, '0', 'WITHSCORES'),
    redis.zrange(key, -1, '-1', 'WITHSCORES'),
    latest.length === 0 ? [] : redis.zmscore(key, ...latest.map(({ jobId }) => jobId)),
  ]);
  if (first === undefined) return undefined;
  const served = latest.filter((_job, i) => scores[i] === null);
  return { first: turnOfScore(first), last: turnOfScore(last), served };
}

const storedSchema = z.object({ nonce: z.string(), correlationId: z.string() });

/** When all promises that are settled now have had their turn, and BullMQ with them has written its command. */
function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

export function createProducer({ redisUrl, attempts, telemetry }: ProducerOptions): EnhancementProducer {
  const promptQueue = openPromptQueue(redisUrl, telemetry);
  const fairQueueing = createFairQueueing();
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  /** A look that all who come meanwhile wait for. */
  let recalling: Promise<void> | undefined;

  /** Sent ahead of an add in the same write, for the jobs that come next: so it costs no wait of its own. */
  const lookAtBacklog = async (queue: Queue, redis: RedisClient): Promise<void> => {
    const nowMs = performance.now();
    const ageMs = nowMs - lookedAtMs;
    if (ageMs >= backlogLookMs) {
      lookedAtMs = nowMs;
      const look = readBacklog(queue, redis, fairQueueing.latest()).then(fairQueueing.observe);
      if (ageMs < backlogForgottenMs)
        look.catch(() => undefined); // the add tells that Redis is away
      else recalling = look.finally(() => (recalling = undefined));
    }
    await recalling;
  };

  return {
    ready: (withinMs) => promptQueue.ready(withinMs),
    enqueue: (jobId, job) =>
      promptQueue.use(async (queue, redis) => {
        const queued = { tenantId: job.tenantId, priority: job.priority, jobId };
        await lookAtBacklog(queue, redis);
        const added = queue.add('enhance', job, {
          jobId,
          priority: fairQueueing.turnFor(queued),
          attempts,
          backoff: { type: retryBackoff },
          removeOnComplete: { age: keepCompletedSeconds, count: keepCompletedCount },
          removeOnFail: false,
        });
        added.catch(() => undefined); // it is awaited below, a tick later
        // A repeated id changes nothing in Redis and is not reported: the nonce tells whose delivery made the job. Asked
        // in the same tick, right behind the add, so that it costs no second wait for Redis' disk.
        await nextTick();
        const read = () => redis.hget(queue.toKey(jobId), 'data');
        const [, found] = await Promise.all([added, read()]);
        fairQueueing.queued(queued);
        const stored = storedSchema.parse(JSON.parse(found ?? (await read()) ?? 'null'));
        return { duplicate: stored.nonce !== job.nonce, correlationId: stored.correlationId };
      }),
    close: () => promptQueue.close(),
  };
}

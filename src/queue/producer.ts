import { z } from 'zod';
import { failFastConnection, type RedisClient } from '../redis/connection.js';
import { failFast } from '../redis/fail-fast.js';
import { readyOrUnavailable } from '../redis/reconnection.js';
import { addJob, type TraceAdd } from '../redis/jobs/new-job.js';
import { readBacklog } from '../redis/jobs/waiting-jobs.js';
import { createFairQueueing, type QueuedJob, type Waiting } from './fair-queueing.js';
import type { EnhancementJob } from './job.js';

export interface ProducerOptions {
  readonly redisUrl: string;
  /** Attempts of a job before it fails. */
  readonly attempts: number;
  /** Adds the active trace to each job. Default: none. */
  readonly traced?: TraceAdd | undefined;
}

export interface EnhancementProducer {
  /** Resolves when the connection is ready, or when Redis is away for this time, milliseconds. */
  ready(unavailableMs: number): Promise<void>;
  /**
   * Counts the job against its tenant's rate limit and queues it. Resolves when Redis has acknowledged both.
   *
   * @param requestsPerMinute of the tenant, repeated deliveries included. Default: no limit
   * @throws {QueueUnavailableError} after some seconds at most, so that callers set a bound of their own; the job may have been added
   *   all the same, so retry with the same id
   */
  enqueue(jobId: string, job: EnhancementJob, requestsPerMinute?: number): Promise<Enqueued>;
  close(): void;
}

export type Enqueued =
  | {
      readonly kind: 'queued';
      /** Whether the job was there before. */
      readonly duplicate: boolean;
      /** Of the delivery that created the job. */
      readonly correlationId: string;
    }
  /** The tenant has reached its limit, and the job is not queued. `endsInMs`: milliseconds until it may queue jobs again. */
  | { readonly kind: 'over_limit'; readonly endsInMs: number };

const keepCompleted = {
  /** Longer than any desk retries a delivery: while a finished job is kept, its delivery cannot run again. */
  seconds: 72 * 3600,
  /** Bounds the memory of finished jobs where a desk sends more than ten a second for three days. */
  count: 3_000_000,
};

/** Minimum interval between two readings of the backlog: short compared to any backlog that matters. Milliseconds. */
const backlogLookMs = 10;

/**
 * A reading of the backlog is outdated after this time: the backlog may have ended, and a job with a turn behind it would wait
 * for all jobs that other instances have queued since. Then the add waits for a new reading. Milliseconds.
 */
const backlogForgottenMs = 50;

/** Reads the backlog, and which of these jobs are served. */
async function lookAt(redis: RedisClient, latest: readonly QueuedJob[]): Promise<Waiting | undefined> {
  const backlog = await readBacklog(
    redis,
    latest.map(({ jobId }) => jobId),
  );
  if (backlog === undefined) return undefined;
  const { first, last, waiting } = backlog;
  return { first, last, served: latest.filter(({ jobId }) => !waiting.has(jobId)) };
}

const storedSchema = z.object({ nonce: z.string(), correlationId: z.string() });

/** Opens its own connection, for the reason given at {@link addJob}. */
export function createProducer({ redisUrl, attempts, traced }: ProducerOptions): EnhancementProducer {
  const redis = failFastConnection(redisUrl);
  const fairQueueing = createFairQueueing();
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  /** A reading in progress that all adds wait for, because the last one is outdated. */
  let recalling: Promise<void> | undefined;

  /** Reads the backlog if it is time. @returns a reading to wait for, because the last one is outdated; undefined: none */
  const lookAtBacklog = (): Promise<void> | undefined => {
    const nowMs = performance.now();
    const ageMs = nowMs - lookedAtMs;
    if (ageMs >= backlogLookMs) {
      lookedAtMs = nowMs;
      const look = lookAt(redis, fairQueueing.latest()).then(fairQueueing.observe);
      if (ageMs < backlogForgottenMs)
        look.catch(() => undefined); // the add itself reports that Redis is unavailable
      else recalling = look.finally(() => (recalling = undefined));
    }
    return recalling;
  };

  type Enqueue = EnhancementProducer['enqueue'];
  const enqueue = async (
    isRepeat: boolean,
    ...[id, data, requestsPerMinute]: Parameters<Enqueue>
  ): Promise<Enqueued> => {
    const { tenantId, priority, correlationId, nonce } = data;
    const queued = { tenantId, priority, jobId: id };
    const looking = lookAtBacklog();
    if (looking !== undefined) await looking;
    const turn = fairQueueing.turnFor(queued);
    const limit = requestsPerMinute === undefined ? undefined : { tenantId, requests: requestsPerMinute };
    const added = await addJob(redis, { id, data, turn, attempts, keepCompleted }, { limit, traced, isRepeat });
    if (added.kind === 'over_limit') {
      fairQueueing.withdrawn(queued, turn);
      return added;
    }
    fairQueueing.queued(queued);
    if (added.kind === 'added') return { kind: 'queued', duplicate: false, correlationId };
    // The nonce shows which delivery created the job.
    const stored = storedSchema.parse(added.data);
    return { kind: 'queued', duplicate: stored.nonce !== nonce, correlationId: stored.correlationId };
  };

  return {
    ready: (unavailableMs) => readyOrUnavailable(redis, unavailableMs),
    // Repeatable: with the same id and nonce a second try finds the job of the first.
    enqueue: (...job) => failFast(redis, (isRepeat) => enqueue(isRepeat, ...job), { repeatable: true }),
    close: () => redis.disconnect(),
  };
}

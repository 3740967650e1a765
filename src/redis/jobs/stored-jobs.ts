import type { Job } from 'bullmq';
import { queueKey } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { dueAtMs } from './scores.js';
import { forgetDeaths } from './suspicion.js';

/** A job as it is in Redis, in any state. Times are epoch milliseconds. */
export interface StoredJob {
  readonly id: string;
  readonly data: unknown;
  /** Its run (queue/job-run.ts). */
  readonly progress: unknown;
  readonly attemptsMade: number;
  readonly attemptsAllowed: number;
  readonly queuedAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
  /** Error of its last failed attempt, or why it failed for good. */
  readonly failedReason: string | undefined;
  readonly stacks: readonly string[];
  /** Of a completed job. */
  readonly result: unknown;
}

function toStoredJob(job: Job<unknown>): StoredJob {
  return {
    id: job.id ?? '',
    data: job.data,
    progress: job.progress,
    attemptsMade: job.attemptsMade,
    attemptsAllowed: job.opts.attempts ?? 1,
    queuedAtMs: job.timestamp,
    startedAtMs: job.processedOn,
    finishedAtMs: job.finishedOn,
    failedReason: job.failedReason,
    stacks: job.stacktrace ?? [],
    result: job.returnvalue ?? null,
  };
}

export async function findJob({ queue }: QueueAccess, jobId: string): Promise<StoredJob | undefined> {
  const job: Job<unknown> | undefined = await queue.getJob(jobId);
  return job && toStoredJob(job);
}

export interface JobPlace {
  /** waiting, prioritized, delayed, active, completed, failed; unknown while it moves from one to another, or if it is gone. */
  readonly state: string;
  /** Of a delayed job: when it is due. */
  readonly dueAtMs: number | undefined;
}

export async function placeOf({ queue, redis }: QueueAccess, jobId: string): Promise<JobPlace> {
  const [state, score] = await Promise.all([queue.getJobState(jobId), redis.zscore(queueKey(redis, 'delayed'), jobId)]);
  return { state, dueAtMs: score === null ? undefined : dueAtMs(Number(score)) };
}

export interface FailedPage {
  /** Newest first. Fewer than requested, or none, although `total` is higher, if jobs were removed meanwhile. */
  readonly jobs: readonly StoredJob[];
  readonly total: number;
}

export async function failedJobs({ queue }: QueueAccess, from: number, count: number): Promise<FailedPage> {
  const [jobs, total] = await Promise.all([queue.getFailed(from, from + count - 1), queue.getFailedCount()]);
  return { jobs: jobs.map(toStoredJob), total };
}

/**
 * Retries a job that failed for good, with all its attempts.
 *
 * @param progress of the new run. It has no effect if this process dies before the job is back in the queue
 * @returns `failed`: the state before; another state: the job was no longer failed, for example because another process
 * retried it, and was not changed
 */
export async function runAgain({ queue, redis }: QueueAccess, jobId: string, progress: object): Promise<string> {
  const job: Job<unknown> | undefined = await queue.getJob(jobId);
  if (job === undefined) return 'unknown';
  // Before the retry, because a worker may take the job at once.
  await job.updateProgress(progress);
  await forgetDeaths(redis, jobId);
  try {
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
  } catch (error) {
    const state = await job.getState();
    if (state === 'failed') throw error;
    return state;
  }
  return 'failed';
}

export type JobCounts = Readonly<Record<'waiting' | 'prioritized' | 'delayed' | 'active' | 'failed', number>>;

export async function countJobs({ queue }: QueueAccess): Promise<JobCounts> {
  const found = await queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'failed');
  return {
    waiting: found['waiting'] ?? 0,
    prioritized: found['prioritized'] ?? 0,
    delayed: found['delayed'] ?? 0,
    active: found['active'] ?? 0,
    failed: found['failed'] ?? 0,
  };
}

export function isQueuePaused({ queue }: QueueAccess): Promise<boolean> {
  return queue.isPaused();
}

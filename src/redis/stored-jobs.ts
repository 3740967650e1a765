import type { Job } from 'bullmq';
import { jobKey, queueKey } from './keys.js';
import type { QueueAccess } from './queue-access.js';
import { dueAtMs } from './scores.js';
import { forgetDeaths } from './suspicion.js';

/** A job as it is in Redis, in any state. Times are epoch milliseconds. */
export interface StoredJob {
  readonly id: string;
  readonly data: unknown;
  /** What is kept of its run (queue/job-run.ts). */
  readonly progress: unknown;
  readonly attemptsMade: number;
  readonly attemptsAllowed: number;
  readonly queuedAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
  /** Of its last failed attempt, or why it failed for good. */
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

/** BullMQ's priorities, our turns, end here. */
export const lastTurn = 2 ** 21 - 1;

export interface NewJob {
  readonly id: string;
  readonly data: object;
  /** Jobs are taken in the order of their turns, 1 to {@link lastTurn}. */
  readonly turn: number;
  readonly attempts: number;
  /** Bounds of the jobs that are kept after they have completed. */
  readonly keepCompleted: { readonly seconds: number; readonly count: number };
}

/** The name under which a worker knows how long to wait for a retry: BullMQ's own growing delay has no end. */
export const retryBackoff = 'capped-exponential';

/** When all promises that are settled now have had their turn, and BullMQ with them has written its command. */
function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/**
 * @returns the data of the job with this id: of an earlier one, where there was one. A repeated id changes nothing in Redis
 * and is not reported
 */
export async function addJob({ queue, redis }: QueueAccess, job: NewJob): Promise<unknown> {
  const added = queue.add('enhance', job.data, {
    jobId: job.id,
    priority: job.turn,
    attempts: job.attempts,
    backoff: { type: retryBackoff },
    removeOnComplete: { age: job.keepCompleted.seconds, count: job.keepCompleted.count },
    removeOnFail: false,
  });
  added.catch(() => undefined); // it is awaited below, a tick later
  // In the same tick, right behind the add, so that it costs no second wait for Redis' disk.
  await nextTick();
  const read = () => redis.hget(jobKey(redis, job.id), 'data');
  const [, found] = await Promise.all([added, read()]);
  return JSON.parse(found ?? (await read()) ?? 'null');
}

export async function findJob({ queue }: QueueAccess, jobId: string): Promise<StoredJob | undefined> {
  const job: Job<unknown> | undefined = await queue.getJob(jobId);
  return job && toStoredJob(job);
}

export interface JobPlace {
  /** waiting, prioritized, delayed, active, completed, failed; unknown while it moves from one to another. */
  readonly state: string;
  /** Of a delayed job: when it is due. */
  readonly dueAtMs: number | undefined;
}

export async function placeOf({ queue, redis }: QueueAccess, jobId: string): Promise<JobPlace> {
  const [state, score] = await Promise.all([queue.getJobState(jobId), redis.zscore(queueKey(redis, 'delayed'), jobId)]);
  return { state, dueAtMs: score === null ? undefined : dueAtMs(Number(score)) };
}

export interface FailedPage {
  /** Newest first. It may be short, or empty, though there are more: jobs vanish. */
  readonly jobs: readonly StoredJob[];
  readonly total: number;
}

export async function failedJobs({ queue }: QueueAccess, from: number, count: number): Promise<FailedPage> {
  const [jobs, total] = await Promise.all([queue.getFailed(from, from + count - 1), queue.getFailedCount()]);
  return { jobs: jobs.map(toStoredJob), total };
}

/**
 * Begins a job that failed for good anew, with all its attempts.
 *
 * @param progress of the new run. If this process dies before the job is back, it was written for nothing
 * @returns the job's state where it was not failed any more, as when another process was faster
 */
export async function runAgain({ queue, redis }: QueueAccess, jobId: string, progress: object): Promise<string> {
  const job: Job<unknown> | undefined = await queue.getJob(jobId);
  if (job === undefined) return 'unknown';
  // First what is kept of it, then the job: a worker may have it the moment it is back.
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

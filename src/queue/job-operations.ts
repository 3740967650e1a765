import type { Job, Queue } from 'bullmq';
import { z } from 'zod';
import { dueAtMs } from './delay.js';
import { type FailedJob, toFailedJob } from './failed-job.js';
import { isJobId } from './job.js';
import { type Deferral, nextRun, readRun } from './job-run.js';
import type { PromptQueue } from './prompt-queue.js';
import { forgetDeaths } from './suspicion.js';

/** One job as an operator looks at it. Times are RFC 3339. */
export interface JobView {
  readonly id: string;
  /** waiting, prioritized, delayed, active, completed, failed; unknown while it moves from one to another. */
  readonly state: string;
  readonly tenantId: string;
  readonly ticketId: string;
  readonly correlationId: string;
  readonly priority: string;
  /** How often it was run again after it had failed for good. */
  readonly timesRunAgain: number;
  readonly attempts: { readonly made: number; readonly allowed: number };
  readonly acceptedAt: string | null;
  readonly runAgainAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Of a delayed job: when it is tried again. */
  readonly nextAttemptAt: string | null;
  /** Of a delayed job that waits for something that passes, or that an operator can end. */
  readonly deferred: {
    readonly reason: string;
    readonly message: string;
    readonly since: string;
    readonly times: number;
  } | null;
  /** Of its last failed attempt, or why it failed for good. */
  readonly reason: string | null;
  readonly stacks: readonly string[];
  /** Of a completed job: what became of the note. */
  readonly result: unknown;
  readonly ticket: { readonly subject: string; readonly description: string };
}

/** `active`, `completed`…: the job is in that state and was left alone. */
export type RetryOutcome = 'retried' | 'not-found' | { readonly state: string };

/** What an operator does with single jobs. All of it fails with QueueUnavailableError within about a second. */
export interface JobOperations {
  find(jobId: string): Promise<JobView | undefined>;
  /** Jobs that failed for good, newest first. */
  failed(options: { readonly limit: number; readonly tenantId?: string | undefined }): Promise<readonly FailedJob[]>;
  /** Begins a new run of a job that failed for good, with all its attempts. */
  retry(jobId: string): Promise<RetryOutcome>;
}

const dataSchema = z
  .object({
    tenantId: z.string().catch(''),
    ticketId: z.string().catch(''),
    subject: z.string().catch(''),
    description: z.string().catch(''),
    priority: z.string().catch(''),
    correlationId: z.string().catch(''),
    acceptedAtMs: z.number().optional().catch(undefined),
  })
  .catch({ tenantId: '', ticketId: '', subject: '', description: '', priority: '', correlationId: '' });

/** Failed jobs read from Redis at once. */
const pageSize = 200;

export function createJobOperations(promptQueue: PromptQueue): JobOperations {
  return {
    find: (jobId) =>
      promptQueue.use(async (queue, redis) => {
        // The state before the job: what is seen to have ended then has its reason or its result.
        const [state, score] = await Promise.all([
          queue.getJobState(jobId),
          redis.zscore(queue.toKey('delayed'), jobId),
        ]);
        const job = await findJob(queue, jobId);
        return job && toView(job, state, score === null ? null : dueAtMs(Number(score)));
      }),

    failed: async ({ limit, tenantId }) => {
      // By id, for pages overlap: BullMQ fills up those with jobs that have vanished, and new failures move the others on.
      const found = new Map<string, FailedJob>();
      let total = Number.POSITIVE_INFINITY;
      for (let from = 0; from < total && found.size < limit; from += pageSize) {
        // It may still be short, or empty, so that only the number of jobs tells the end.
        const [page, count] = await promptQueue.use((queue) =>
          Promise.all([queue.getFailed(from, from + pageSize - 1), queue.getFailedCount()]),
        );
        total = count;
        for (const job of page.map(toFailedJob)) {
          if (tenantId === undefined || job.tenantId === tenantId) found.set(job.id, job);
        }
      }
      return [...found.values()].slice(0, limit);
    },

    retry: (jobId) =>
      promptQueue.use(async (queue, redis) => {
        const job = await findJob(queue, jobId);
        if (job === undefined) return 'not-found';
        const state = await job.getState();
        if (state !== 'failed') return { state };
        // First the run, then the job: a worker may have it the moment it is back. If we die between the two, a run's
        // number was given away for nothing.
        await job.updateProgress({ ...nextRun(readRun(job.progress), Date.now()) });
        await forgetDeaths(redis, jobId);
        try {
          await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
        } catch (error) {
          const now = await job.getState();
          if (now === 'failed') throw error;
          return { state: now }; // somebody else was a moment faster
        }
        return 'retried';
      }),
  };
}

async function findJob(queue: Queue, jobId: string): Promise<Job<unknown> | undefined> {
  // `meta`, `failed` and the like are keys of the queue itself.
  if (!isJobId(jobId)) return undefined;
  return queue.getJob(jobId);
}

function toView(job: Job<unknown>, state: string, nextAttemptAtMs: number | null): JobView {
  const data = dataSchema.parse(job.data);
  const run = readRun(job.progress);
  return {
    id: job.id ?? '',
    state,
    tenantId: data.tenantId,
    ticketId: data.ticketId,
    correlationId: data.correlationId,
    priority: data.priority,
    timesRunAgain: run.number,
    attempts: { made: job.attemptsMade, allowed: job.opts.attempts ?? 1 },
    acceptedAt: atTime(data.acceptedAtMs ?? job.timestamp),
    runAgainAt: atTime(run.beganAtMs),
    startedAt: atTime(job.processedOn),
    finishedAt: atTime(job.finishedOn),
    nextAttemptAt: atTime(nextAttemptAtMs),
    deferred: state === 'delayed' && run.deferral !== undefined ? toDeferred(run.deferral) : null,
    reason: job.failedReason ?? null,
    stacks: job.stacktrace ?? [],
    result: job.returnvalue ?? null,
    ticket: { subject: data.subject, description: data.description },
  };
}

function toDeferred({ reason, message, sinceMs, count }: Deferral) {
  return { reason, message, since: new Date(sinceMs).toISOString(), times: count };
}

function atTime(epochMs: number | null | undefined): string | null {
  return typeof epochMs === 'number' ? new Date(epochMs).toISOString() : null;
}

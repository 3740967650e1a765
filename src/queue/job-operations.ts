import type { FailFastQueue, QueueAccess } from '../redis/fail-fast-queue.js';
import { failedJobs, findJob, type JobPlace, placeOf, runAgain, type StoredJob } from '../redis/jobs/stored-jobs.js';
import { type FailedJob, toFailedJob } from './failed-job.js';
import { isJobId, readableFields } from './job.js';
import { type Deferral, nextRun, readRun } from './job-run.js';

/** One job, as shown to an operator. Times are RFC 3339. */
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
  /** Of a completed job: what was done about the note. */
  readonly result: unknown;
  readonly ticket: { readonly subject: string; readonly description: string };
}

/** `state`: the job is `active`, `completed` or the like, and nothing was changed. */
export type RetryOutcome = 'retried' | 'not-found' | { readonly state: string };

/** Operations on single jobs. All reject with QueueUnavailableError within about a second when Redis cannot be used. */
export interface JobOperations {
  find(jobId: string): Promise<JobView | undefined>;
  /** Jobs that failed for good, newest first. */
  failed(options: { readonly limit: number; readonly tenantId?: string | undefined }): Promise<readonly FailedJob[]>;
  /** Begins a new run of a job that failed for good, with all its attempts. */
  retry(jobId: string): Promise<RetryOutcome>;
}

/** Failed jobs read from Redis at once. */
const pageSize = 200;

export function createJobOperations(queue: FailFastQueue): JobOperations {
  return {
    find: (jobId) =>
      queue.use(async (access) => {
        // The state is read before the job, so that a job in an end state has its reason or result.
        const place = await placeOf(access, jobId);
        const job = await findOurs(access, jobId);
        return job && toView(job, place);
      }),

    failed: async ({ limit, tenantId }) => {
      // By id, because pages overlap: jobs vanish between two reads, and new failures shift the others.
      const found = new Map<string, FailedJob>();
      let total = Number.POSITIVE_INFINITY;
      for (let from = 0; from < total && found.size < limit; from += pageSize) {
        const page = await queue.use((access) => failedJobs(access, from, pageSize));
        total = page.total;
        for (const job of page.jobs.map(toFailedJob)) {
          if (tenantId === undefined || job.tenantId === tenantId) found.set(job.id, job);
        }
      }
      return [...found.values()].slice(0, limit);
    },

    retry: (jobId) =>
      queue.use(async (access) => {
        const job = await findOurs(access, jobId);
        if (job === undefined) return 'not-found';
        const { state } = await placeOf(access, jobId);
        if (state !== 'failed') return { state };
        const found = await runAgain(access, jobId, nextRun(readRun(job.progress), Date.now()));
        return found === 'failed' ? 'retried' : { state: found };
      }),
  };
}

async function findOurs(access: QueueAccess, jobId: string): Promise<StoredJob | undefined> {
  // `meta`, `failed` and the like are keys of the queue itself.
  return isJobId(jobId) ? findJob(access, jobId) : undefined;
}

function toView(job: StoredJob, { state, dueAtMs }: JobPlace): JobView {
  const data = readableFields(job.data);
  const run = readRun(job.progress);
  return {
    id: job.id,
    state,
    tenantId: data.tenantId,
    ticketId: data.ticketId,
    correlationId: data.correlationId,
    priority: data.priority,
    timesRunAgain: run.number,
    attempts: { made: job.attemptsMade, allowed: job.attemptsAllowed },
    acceptedAt: atTime(data.acceptedAtMs ?? job.queuedAtMs),
    runAgainAt: atTime(run.beganAtMs),
    startedAt: atTime(job.startedAtMs),
    finishedAt: atTime(job.finishedAtMs),
    nextAttemptAt: atTime(dueAtMs),
    deferred: state === 'delayed' && run.deferral !== undefined ? toDeferred(run.deferral) : null,
    reason: job.failedReason ?? null,
    stacks: job.stacks,
    result: job.result,
    ticket: { subject: data.subject, description: data.description },
  };
}

function toDeferred({ reason, message, sinceMs, count }: Deferral) {
  return { reason, message, since: new Date(sinceMs).toISOString(), times: count };
}

function atTime(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : new Date(epochMs).toISOString();
}

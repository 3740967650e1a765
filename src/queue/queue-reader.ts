import type { FailFastQueue } from '../redis/fail-fast-queue.js';
import { evictionPolicy, readServerSettings } from '../redis/server-settings.js';
import { countJobs, failedJobs, isQueuePaused, type JobCounts } from '../redis/jobs/stored-jobs.js';
import { oldestQueuedAtMs } from '../redis/jobs/waiting-jobs.js';
import { probeWrite } from '../redis/write-probe.js';
import { type FailedJob, toFailedJob } from './failed-job.js';

/** The queue as it was at one moment. */
export interface QueueState {
  readonly counts: JobCounts;
  /** Jobs that wait for a worker, delayed jobs included: the metric `queue_depth`. */
  readonly depth: number;
  /** 0 when no job waits. */
  readonly oldestJobAgeSeconds: number;
  /** An operator has paused the queue, on the queue page or with another tool: no job is started. */
  readonly isPaused: boolean;
}

/** All methods reject with QueueUnavailableError within about a second when Redis cannot be used. */
export interface QueueReader {
  read(): Promise<QueueState>;
  /** Jobs that failed for good, newest first. @param limit how many at most */
  failed(limit: number): Promise<readonly FailedJob[]>;
  /** Resolves if Redis accepts the writes of a job. */
  probeWrite(): Promise<void>;
  /** The policy under which Redis would remove accepted jobs; undefined: none is known. */
  evictionPolicy(): Promise<string | undefined>;
}

export function createQueueReader(queue: FailFastQueue): QueueReader {
  return {
    read: () =>
      queue.use(async (access) => {
        const [counts, oldestMs, isPaused] = await Promise.all([
          countJobs(access),
          oldestQueuedAtMs(access.redis),
          isQueuePaused(access),
        ]);
        const oldestJobAgeSeconds = oldestMs === undefined ? 0 : Math.max(0, (Date.now() - oldestMs) / 1000);
        const depth = counts.waiting + counts.prioritized + counts.delayed;
        return { counts, depth, oldestJobAgeSeconds, isPaused };
      }),
    failed: (limit) => queue.use(async (access) => (await failedJobs(access, 0, limit)).jobs.map(toFailedJob)),
    probeWrite: () => queue.use(({ redis }) => probeWrite(redis)),
    evictionPolicy: () => queue.use(async ({ redis }) => evictionPolicy(await readServerSettings(redis))),
  };
}

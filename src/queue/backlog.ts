import type { RedisClient } from '../redis/connection.js';
import { createWaitingJobs } from '../redis/jobs/waiting-jobs.js';
import { readableFields } from './job.js';

interface WaitingJob {
  readonly jobId: string;
  readonly tenantId: string;
}

/** The waiting jobs, for a worker that may take only jobs of some tenants. */
export interface Backlog {
  /**
   * Moves the first job of an acceptable tenant to the head of the queue.
   *
   * @returns false: there is none among the first jobs, or other workers have moved them
   */
  bringForward(isAcceptable: (tenantId: string) => boolean): Promise<boolean>;
}

/** Jobs that a usual search reads. Fair queueing places the job of a tenant without waiting jobs among these. */
const first = 64;
/** Jobs that a full search reads. */
const most = 1024;
/** After a full search found nothing, only usual ones are made for this time. Milliseconds. */
const pauseMs = 250;

/** @returns empty: the data is damaged, and the job fails when it is taken */
function tenantIn(data: string): string {
  try {
    return readableFields(JSON.parse(data)).tenantId;
  } catch {
    return ''; // not JSON
  }
}

export function createBacklog(redis: RedisClient): Backlog {
  const waiting = createWaitingJobs(redis);
  /** Tenants by job, from earlier searches: most of those jobs still wait. */
  const known = new Map<string, string>();
  let foundNothingAtMs = Number.NEGATIVE_INFINITY;

  async function tenantOf(jobId: string): Promise<string> {
    const data = await waiting.dataOf(jobId);
    return data === undefined ? '' : tenantIn(data);
  }

  async function jobsFrom(start: number): Promise<readonly WaitingJob[]> {
    const jobIds = await waiting.ids(start, first);
    if (known.size > 2 * most) known.clear();
    return Promise.all(
      jobIds.map(async (jobId) => {
        const tenantId = known.get(jobId) ?? (await tenantOf(jobId));
        known.set(jobId, tenantId);
        return { jobId, tenantId };
      }),
    );
  }

  return {
    async bringForward(isAcceptable) {
      const looked = performance.now() - foundNothingAtMs < pauseMs ? first : most;
      for (let start = 0; start < looked; start += first) {
        const jobs = await jobsFrom(start);
        for (const { jobId, tenantId } of jobs) {
          if (isAcceptable(tenantId) && (await waiting.putFirst(jobId))) return true;
        }
        if (jobs.length < first) return false;
      }
      if (looked === most) foundNothingAtMs = performance.now();
      return false;
    },
  };
}

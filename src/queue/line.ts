import { z } from 'zod';
import type { RedisClient } from '../redis/connection.js';
import { createWaitingJobs } from '../redis/waiting-jobs.js';

interface WaitingJob {
  readonly jobId: string;
  readonly tenantId: string;
}

/** The jobs that wait in the queue, as seen by a worker that may take those of some tenants only. */
export interface Line {
  /**
   * Puts the first job of an acceptable tenant before all others.
   *
   * @returns false when none of the first jobs is, or other workers have put them forward
   */
  bringForward(isAcceptable: (tenantId: string) => boolean): Promise<boolean>;
}

/** A tenant that has nothing waiting is put before all but those who are as new: its job is nearly always among these. */
const first = 64;
/** What is looked through for the next job of a tenant that has many, and how long after it was in vain, milliseconds. */
const most = 1024;
const inVainMs = 250;

const dataSchema = z.object({ tenantId: z.string() });

/** Damaged data is of no tenant: the job fails when it is taken, and must not keep the others from being looked at. */
function tenantIn(data: string): string {
  try {
    return dataSchema.safeParse(JSON.parse(data)).data?.tenantId ?? '';
  } catch {
    return '';
  }
}

export function createLine(redis: RedisClient): Line {
  const waiting = createWaitingJobs(redis);
  /** Whose the jobs are that were there at the last looks: most of them still are. */
  const known = new Map<string, string>();
  let searchedInVainMs = Number.NEGATIVE_INFINITY;

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
      const looked = performance.now() - searchedInVainMs < inVainMs ? first : most;
      for (let start = 0; start < looked; start += first) {
        const jobs = await jobsFrom(start);
        for (const { jobId, tenantId } of jobs) {
          if (isAcceptable(tenantId) && (await waiting.putFirst(jobId))) return true;
        }
        if (jobs.length < first) return false;
      }
      if (looked === most) searchedInVainMs = performance.now();
      return false;
    },
  };
}

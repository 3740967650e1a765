import type { FailFastQueue } from '../redis/fail-fast-queue.js';
import { allStates, type ScannedTicket, scanForTicket } from '../redis/jobs/job-scan.js';
import { longestLook } from './scan-bound.js';

/** Finds the jobs of a ticket by its id, or by the correlation id of a log line or a note. */
export interface JobSearch {
  /**
   * Newest first. There is no index for this, so jobs are scanned, those of the latest webhooks first, at most
   * {@link longestLook} in each state. A job that changes its state during the search may be missed.
   *
   * @throws {QueueUnavailableError}
   */
  find(ticketOrCorrelationId: string): Promise<FoundJobs>;
}

export interface FoundJobs {
  readonly jobIds: readonly string[];
  /** Number of jobs beyond the bound, some of which may be of the ticket. */
  readonly notLookedAt: number;
}

/** Jobs that one script scans, which takes Redis about a millisecond. */
const pageSize = 500;

/** @param lookAt jobs that are scanned in each state, at most */
export function createJobSearch(queue: Pick<FailFastQueue, 'use'>, lookAt = longestLook): JobSearch {
  return {
    async find(wanted) {
      const found = new Map<string, ScannedTicket>();
      let notLookedAt = 0;
      for (const state of allStates) {
        let total = 1;
        for (let from = 0; from < total && from < lookAt; from += pageSize) {
          const page = await queue.use((access) => scanForTicket(access, { state, from, count: pageSize }, wanted));
          total = page.total;
          for (const job of page.found) found.set(job.jobId, job);
        }
        notLookedAt += Math.max(0, total - lookAt);
      }
      const newestFirst = [...found.values()].sort((a, b) => b.queuedAtMs - a.queuedAtMs);
      return { jobIds: newestFirst.map(({ jobId }) => jobId), notLookedAt };
    },
  };
}

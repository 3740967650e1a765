import type { FailFastQueue } from '../redis/fail-fast-queue.js';
import { scanOwners, unendedStates } from '../redis/jobs/job-scan.js';
import { longestLook } from './scan-bound.js';

/** Finds the tenants that have unfinished jobs. */
export interface TenantJobs {
  /**
   * The tenants among these with a job that has not ended: waiting, delayed or active. All of them if the queue is longer than
   * {@link longestLook}.
   *
   * A job that changes its state during the search may be missed.
   *
   * @throws {QueueUnavailableError}
   */
  withJobs(tenantIds: ReadonlySet<string>): Promise<ReadonlySet<string>>;
}

/** Jobs that one script scans, which takes Redis about a millisecond. */
const pageSize = 500;

export function createTenantJobs(queue: FailFastQueue): TenantJobs {
  return {
    async withJobs(tenantIds) {
      const found = new Set<string>();
      let looked = 0;
      for (const state of unendedStates) {
        for (let from = 0; found.size < tenantIds.size; from += pageSize) {
          const owners = await queue.use((access) => scanOwners(access, { state, from, count: pageSize }));
          for (const owner of owners) if (tenantIds.has(owner)) found.add(owner);
          looked += owners.length;
          if (looked > longestLook) return tenantIds;
          if (owners.length < pageSize) break;
        }
      }
      return found;
    },
  };
}

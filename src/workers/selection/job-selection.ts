import type { Backlog } from '../../queue/backlog.js';
import { readableFields } from '../../queue/job.js';
import type { JobSelection } from '../../redis/jobs/selective-worker.js';
import type { JobIsolation } from './job-isolation.js';
import type { TenantConcurrency } from './tenant-concurrency.js';

export interface JobSelectionOptions {
  readonly concurrency: TenantConcurrency;
  readonly isolation: Pick<JobIsolation, 'takesMore'>;
  readonly backlog: Backlog;
}

/** Selects the jobs that a worker takes: none while one runs alone, and none of slow tenants while these are at their limit. */
export function createJobSelection({ concurrency, isolation, backlog }: JobSelectionOptions): JobSelection {
  return {
    limit: () => (isolation.takesMore() ? concurrency.limit() : 1),
    async makeRoom() {
      if (!isolation.takesMore()) return false;
      return !concurrency.slowAreAtLimit() || backlog.bringForward(concurrency.hasRoomFor);
    },
    takesAny: () => isolation.takesMore() && !concurrency.slowAreAtLimit(),
    taken: (data) => concurrency.taken(readableFields(data).tenantId),
  };
}

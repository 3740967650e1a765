import { type AuditTrail, createAuditTrail } from '../../queue/audit-trail.js';
import { createDeferredJobs, type DeferredJobs } from '../../queue/deferred-jobs.js';
import { createJobOperations, type JobOperations } from '../../queue/job-operations.js';
import { createJobSearch, type JobSearch } from '../../queue/job-search.js';
import { readConfig } from '../configuration.js';
import { withQueue } from '../redis-access.js';

/** What the actions do with jobs. */
export interface Jobs extends JobOperations {
  readonly search: JobSearch;
  readonly audit: AuditTrail;
}

export function withJobs<T>(work: (jobs: Jobs) => Promise<T>): Promise<T> {
  return withQueue(readConfig(), (queue) =>
    work({ ...createJobOperations(queue), search: createJobSearch(queue), audit: createAuditTrail(queue) }),
  );
}

export function withDeferredJobs<T>(work: (jobs: DeferredJobs) => Promise<T>): Promise<T> {
  return withQueue(readConfig(), (queue) => work(createDeferredJobs(queue)));
}

import { createDeferredJobs, type DeferredJobs } from '../../queue/deferred-jobs.js';
import { createJobOperations, type JobOperations } from '../../queue/job-operations.js';
import { createJobSearch, type JobSearch } from '../../queue/job-search.js';
import { readConfig } from '../configuration.js';
import { withQueue } from '../redis-access.js';

export function withJobs<T>(work: (jobs: JobOperations & { readonly search: JobSearch }) => Promise<T>): Promise<T> {
  return withQueue(readConfig(), (queue) => work({ ...createJobOperations(queue), search: createJobSearch(queue) }));
}

export function withDeferredJobs<T>(work: (jobs: DeferredJobs) => Promise<T>): Promise<T> {
  return withQueue(readConfig(), (queue) => work(createDeferredJobs(queue)));
}

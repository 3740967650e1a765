import type { StoredJob } from '../redis/jobs/stored-jobs.js';
import { readableFields } from './job.js';

/** A job that failed for good, as it is listed. */
export interface FailedJob {
  readonly id: string;
  readonly tenantId: string;
  readonly ticketId: string;
  readonly reason: string;
  readonly attempts: number;
  /** RFC 3339. */
  readonly finishedAt: string;
}

export function toFailedJob(job: StoredJob): FailedJob {
  const { tenantId, ticketId } = readableFields(job.data);
  return {
    id: job.id,
    tenantId,
    ticketId,
    reason: job.failedReason ?? '',
    attempts: job.attemptsMade,
    finishedAt: new Date(job.finishedAtMs ?? job.queuedAtMs).toISOString(),
  };
}

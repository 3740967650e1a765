import { z } from 'zod';
import type { StoredJob } from '../redis/jobs/stored-jobs.js';

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

const ownerSchema = z
  .object({ tenantId: z.string().catch(''), ticketId: z.string().catch('') })
  .catch({ tenantId: '', ticketId: '' });

/** Accepts data of any form: a job may have failed because of its data. */
export function toFailedJob(job: StoredJob): FailedJob {
  const { tenantId, ticketId } = ownerSchema.parse(job.data);
  return {
    id: job.id,
    tenantId,
    ticketId,
    reason: job.failedReason ?? '',
    attempts: job.attemptsMade,
    finishedAt: new Date(job.finishedAtMs ?? job.queuedAtMs).toISOString(),
  };
}

import type { Config } from '../../config/config.js';
import type { Logger } from '../../logging/logger.js';
import { readableFields } from '../../queue/job.js';
import { type JobRun, nextRun, readRun, runId, wasRunAgain } from '../../queue/job-run.js';
import type { RedisClient } from '../../redis/connection.js';
import type { HeldJob } from '../../redis/jobs/held-job.js';
import { forgetDeaths } from '../../redis/jobs/suspicion.js';
import { labelOfJob } from '../../tenants/index.js';
import type { EnhancementDependencies, JobStart } from './job-enhancement.js';

export interface AttemptDependencies extends EnhancementDependencies {
  readonly config: EnhancementDependencies['config'] & Pick<Config, 'jobMaxAgeHours'>;
  readonly log: Logger;
}

/** One start of a job by a worker. */
export interface Attempt extends JobStart {
  /** The readable fields of its data, which may be damaged. */
  readonly identity: ReturnType<typeof readableFields>;
  readonly run: JobRun;
  /** Counted from 1. */
  readonly number: number;
  /** When its run began, epoch milliseconds. */
  readonly acceptedAtMs: number;
  readonly dependencies: AttemptDependencies;
}

/** Determines the run that the start belongs to, and reports a run that has begun again. */
export async function beginAttempt(
  job: HeldJob,
  signal: AbortSignal,
  dependencies: AttemptDependencies,
): Promise<Attempt> {
  const { recorder, tracing, redis, log } = dependencies;
  const identity = readableFields(job.data);
  const { correlationId, ticketId } = identity;
  const run = await currentRun(job, redis);
  const number = job.attemptsMade + 1;
  const tenantLabel = labelOfJob(identity.tenantId);
  tracing?.about({ tenantId: tenantLabel, jobId: job.id, correlationId, attempt: number });
  if (run.number > 0) recorder.runAgain(tenantLabel, runId(job.id, run), correlationId);
  return {
    job,
    identity,
    run,
    number,
    acceptedAtMs: run.beganAtMs ?? identity.acceptedAtMs ?? job.queuedAtMs,
    tenantLabel,
    log: log.child({
      correlation_id: correlationId,
      tenant_id: tenantLabel,
      ticket_id: ticketId,
      job_id: job.id,
      attempt: number,
      ...(run.number === 0 ? {} : { run: run.number }),
    }),
    signal,
    dependencies,
  };
}

/** The run that this start belongs to. The first start after a retry by another BullMQ tool begins a new run. */
async function currentRun(job: HeldJob, redis: RedisClient): Promise<JobRun> {
  const run = readRun(job.progress);
  if (run.failedAttempt === undefined) return run;
  const isAgain = wasRunAgain(run, job.attemptsMade);
  // Otherwise the worker died after it wrote `failedAttempt` and before BullMQ moved the job: the attempt is repeated.
  const current = isAgain ? nextRun(run, Date.now()) : { ...run, failedAttempt: undefined };
  try {
    if (isAgain) await forgetDeaths(redis, job.id);
    await job.writeProgress(current);
  } catch {
    // The next start repeats this.
  }
  return current;
}

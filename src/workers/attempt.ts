import { z } from 'zod';
import type { Config } from '../config/config.js';
import {
  type DeferralReason,
  type EnhancementError,
  type EnhancementResult,
  toEnhancementError,
} from '../enhancement/index.js';
import { presentable } from '../logging/describe-error.js';
import type { Logger } from '../logging/logger.js';
import type { EnhancementJob } from '../queue/job.js';
import { type JobRun, nextRun, readRun, runId, wasRunAgain } from '../queue/job-run.js';
import type { RedisClient } from '../redis/connection.js';
import type { HeldJob } from '../redis/held-job.js';
import type { JobEnd } from '../redis/queue-worker.js';
import { forgetDeaths } from '../redis/suspicion.js';
import { labelOfJob } from '../tenants/index.js';
import { decide } from './decision.js';
import { defer, giveBack, type Left, mayFail, putBack } from './hand-back.js';
import { type EnhancementDependencies, enhanceJob } from './job-enhancement.js';

export interface AttemptDependencies extends EnhancementDependencies {
  readonly config: EnhancementDependencies['config'] & Pick<Config, 'jobMaxAgeHours'>;
  readonly log: Logger;
}

/** One start of a job. */
interface Attempt {
  readonly job: HeldJob;
  /** The readable part of its data, which may be damaged. */
  readonly identity: Identity;
  readonly run: JobRun;
  /** Counted from 1. */
  readonly number: number;
  /** When its run began, epoch milliseconds. */
  readonly acceptedAtMs: number;
  /** The tenant, as in metrics and logs. */
  readonly tenantLabel: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly dependencies: AttemptDependencies;
}

type Identity = Pick<EnhancementJob, 'tenantId' | 'ticketId' | 'correlationId' | 'acceptedAtMs' | 'instance'>;

/**
 * Runs one attempt of a job, acts on its outcome, and reports each event once. When it resolves, its events survive a SIGKILL
 * of this process.
 *
 * @param signal aborts with an {@link EnhancementError}: `DRAINED` or `LOCK_LOST`
 */
export async function runAttempt(
  job: HeldJob,
  signal: AbortSignal,
  dependencies: AttemptDependencies,
): Promise<JobEnd> {
  const attempt = await beginAttempt(job, signal, dependencies);
  let result: EnhancementResult | undefined;
  try {
    result = await enhanceJob(attempt, dependencies);
  } catch (thrown) {
    const error = toEnhancementError(thrown, 'UNEXPECTED', 'The attempt failed in a way that was not foreseen.');
    return act(attempt, error);
  }
  if (result === undefined) return makeWay(attempt);
  await finish(attempt, 'success', { mode: result.mode, publication: result.publication });
  return { kind: 'completed', result };
}

async function beginAttempt(job: HeldJob, signal: AbortSignal, dependencies: AttemptDependencies): Promise<Attempt> {
  const { recorder, tracing, redis, log } = dependencies;
  const identity = identityOf(job);
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
    acceptedAtMs: run.beganAtMs ?? identity.acceptedAtMs,
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

/** Acts on the decision about a job whose start ended with this error. */
function act(attempt: Attempt, error: EnhancementError): Promise<JobEnd> {
  const { job, number, acceptedAtMs, dependencies } = attempt;
  const decision = decide(error, {
    attempt: number,
    attemptsAllowed: job.attemptsAllowed,
    ageMs: Date.now() - acceptedAtMs,
    maxAgeMs: dependencies.config.jobMaxAgeHours * oneHourMs,
  });
  switch (decision.kind) {
    case 'give-back':
      attempt.log.info('job is given back to the queue');
      return returned(attempt, giveBack(job));
    case 'abandon':
      return Promise.resolve(abandoned(attempt, error, 'attempt abandoned'));
    case 'defer':
      return deferred(attempt, error, decision.reason);
    case 'retry':
    case 'fail':
      return failed(attempt, error, decision.kind === 'fail');
  }
}

/** A job that is not a suspect may be taken while another job waits to run alone here: another worker can run it. */
function makeWay(attempt: Attempt): Promise<JobEnd> {
  const { job, log } = attempt;
  log.debug('job may not run beside those that run here, and is put back');
  return returned(attempt, job.hasStalled ? putBack(job) : giveBack(job));
}

async function returned(attempt: Attempt, handedBack: Promise<Left | undefined>): Promise<JobEnd> {
  const failure = await handedBack;
  if (failure !== undefined) return left(attempt, failure);
  attempt.dependencies.tracing?.about({ outcome: 'given_back' });
  return { kind: 'returned' };
}

function left({ dependencies: { tracing }, log }: Attempt, { left: cause }: Left): JobEnd {
  tracing?.about({ outcome: 'given_back' });
  log.warn({ err: cause }, 'Redis did not take the end of the job, which is left to its lock');
  return { kind: 'left', cause };
}

function abandoned({ dependencies: { tracing }, log }: Attempt, error: EnhancementError, message: string): JobEnd {
  tracing?.about({ outcome: 'abandoned' });
  log.warn({ err: error }, message);
  return { kind: 'abandoned', error };
}

async function deferred(attempt: Attempt, error: EnhancementError, reason: DeferralReason): Promise<JobEnd> {
  const { job, identity, tenantLabel, log, dependencies } = attempt;
  const { recorder, tracing } = dependencies;
  const { message, retryAfterMs, deferMs } = error;
  const { tenantId } = identity;
  const told = await defer(job, { tenantId, reason, message: presentable(message), retryAfterMs, deferMs });
  if ('left' in told) return left(attempt, told);
  recorder.deferred(tenantLabel, reason);
  tracing?.about({ outcome: 'deferred' });
  log.warn({ err: error, reason, retry_in_ms: told.delayMs }, 'job deferred');
  await recorder.committed();
  return { kind: 'returned' };
}

async function failed(attempt: Attempt, error: EnhancementError, forGood: boolean): Promise<JobEnd> {
  const { job, run, number, tenantLabel, log, dependencies } = attempt;
  const { recorder, tracing } = dependencies;
  const may = await mayFail(job, forGood);
  if (typeof may === 'object') return left(attempt, may);
  if (!may) return abandoned(attempt, error, 'attempt abandoned, its lock is lost');
  tracing?.failed(error.code);
  if (forGood) {
    await finish(attempt, 'failure', { err: error });
    return { kind: 'failed', message: `${error.code}: ${error.message}`, cause: error };
  }
  recorder.attemptFailed(tenantLabel, runId(job.id, run), number);
  tracing?.about({ outcome: 'retry' });
  log.warn({ err: error }, 'attempt failed, to be retried');
  await recorder.committed();
  return { kind: 'retry', error };
}

async function finish(attempt: Attempt, outcome: 'success' | 'failure', details: object): Promise<void> {
  const { job, identity, run, acceptedAtMs, tenantLabel, log, dependencies } = attempt;
  const { recorder, tracing } = dependencies;
  const seconds = Math.max(0, Date.now() - acceptedAtMs) / 1000;
  recorder.finished({
    tenantId: tenantLabel,
    jobId: runId(job.id, run),
    instance: identity.instance,
    outcome,
    seconds,
    correlationId: identity.correlationId,
  });
  tracing?.about({ outcome });
  log[outcome === 'success' ? 'info' : 'error']({ outcome, seconds, ...details }, 'job finished');
  await recorder.committed();
}

/** The run that this start belongs to. The first start after a retry by another BullMQ tool begins a new run. */
async function currentRun(job: HeldJob, redis: RedisClient): Promise<JobRun> {
  const run = readRun(job.progress);
  if (run.failedAttempt === undefined) return run;
  const isAgain = wasRunAgain(run, job.attemptsMade);
  // Otherwise the worker died between this note and the failure in Redis. The attempt is repeated and may succeed.
  const current = isAgain ? nextRun(run, Date.now()) : { ...run, failedAttempt: undefined };
  try {
    if (isAgain) await forgetDeaths(redis, job.id);
    await job.writeProgress(current);
  } catch {
    // The next start repeats this.
  }
  return current;
}

const oneHourMs = 3_600_000;

function identityOf({ data, queuedAtMs }: HeldJob): Identity {
  return z
    .object({
      tenantId: z.string().catch(''),
      ticketId: z.string().catch(''),
      correlationId: z.string().catch(''),
      acceptedAtMs: z.number().catch(queuedAtMs),
      instance: z.string().optional().catch(undefined),
    })
    .catch({ tenantId: '', ticketId: '', correlationId: '', acceptedAtMs: queuedAtMs, instance: undefined })
    .parse(data);
}

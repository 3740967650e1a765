import { z } from 'zod';
import type { Config } from '../config/config.js';
import { type CitedNotes, createNotePublisher, createRedisNoteStore } from '../connectors/index.js';
import {
  citedSource,
  type DeferralReason,
  EnhancementError,
  type EnhancementResult,
  enhanceTicket,
  type Excerpt,
  type NotePreferences,
  toEnhancementError,
} from '../enhancement/index.js';
import { messageOf, presentable } from '../logging/describe-error.js';
import type { Logger } from '../logging/logger.js';
import { type EnhancementJob, enhancementJobSchema, isOfNewerRelease } from '../queue/job.js';
import { type JobRun, nextRun, readRun, runId, wasRunAgain } from '../queue/job-run.js';
import { recordModelFailure } from '../queue/model-failure.js';
import type { RedisClient } from '../redis/connection.js';
import type { HeldJob } from '../redis/held-job.js';
import type { JobEnd } from '../redis/queue-worker.js';
import { forgetDeaths } from '../redis/suspicion.js';
import type { JobRecorder } from '../telemetry/recorder.js';
import { labelOfJob, type Tenant, type Tenants } from '../tenants/index.js';
import type { Tracing } from '../tracing/tracing.js';
import { decide } from './decision.js';
import { defer, giveBack, type Left, mayFail, putBack } from './hand-back.js';
import { reportPipeline } from './pipeline-report.js';
import type { Suspects } from './suspects.js';
import type { TenantResources } from './tenant-resources.js';

export interface AttemptDependencies {
  readonly config: Pick<Config, 'contextTimeoutMs' | 'jobTimeoutMs' | 'jobMaxAgeHours'>;
  readonly tenants: Tenants;
  readonly resourcesOf: (tenant: Tenant) => TenantResources;
  readonly recorder: JobRecorder;
  /** Undefined: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  readonly redis: RedisClient;
  readonly suspects: Suspects;
  readonly citedNotes: Pick<CitedNotes, 'remember'>;
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
    result = await work(attempt);
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

/** @returns undefined if the job may not run beside the jobs that this worker runs now */
async function work(attempt: Attempt): Promise<EnhancementResult | undefined> {
  const { job, signal, dependencies } = attempt;
  if (isOfNewerRelease(job.data)) throw newerJob();
  const { data, error } = enhancementJobSchema.safeParse(job.data);
  if (error !== undefined) throw invalidJob(error);
  const leave = await dependencies.suspects.admit(job, signal);
  return leave && enhance(attempt, data).finally(leave);
}

async function enhance(attempt: Attempt, data: EnhancementJob): Promise<EnhancementResult> {
  const { job, tenantLabel, log, signal, dependencies } = attempt;
  const { config, tenants, resourcesOf, recorder, tracing, redis, citedNotes } = dependencies;
  const tenant = tenants.get(data.tenantId);
  if (tenant === undefined) {
    const message = `This process knows no tenant ${labelOfJob(data.tenantId)}. Add it to TENANTS_FILE on every machine and reload.`;
    throw new EnhancementError('TENANT_UNKNOWN', message);
  }
  if (data.desk !== undefined && data.desk !== tenant.desk.type) {
    const message = `The ticket is of a ${data.desk} desk, and tenant ${tenant.id} has a ${tenant.desk.type} desk here. Remove the job on the queue page (/queues), or configure that desk for a tenant of this id until its jobs have ended.`;
    throw new EnhancementError('TENANT_UNKNOWN', message);
  }
  const { sources, desk, model } = resourcesOf(tenant);
  const { whenUnavailable, rerank } = tenant.llm;
  // Before context is gathered and a model is paid for.
  const blocked = desk.blocked() ?? (whenUnavailable === 'wait' ? model?.blocked() : undefined);
  if (blocked !== undefined) throw blocked;
  const store = createRedisNoteStore({ redis, jobId: job.id, lock: job.lock });
  const publisher = createNotePublisher({ store, desk });
  const { correlationId } = data;
  const onModelFailed = (error: unknown): void => {
    const message = presentable(messageOf(error));
    void recordModelFailure(redis, { tenantId: tenantLabel, model: model?.model ?? '', message, atMs: Date.now() });
  };
  let cited: readonly Excerpt[] = [];
  const onCited = (excerpts: readonly Excerpt[]): void => {
    cited = excerpts;
  };
  const report = { recorder, tracing, log, tenantId: tenantLabel, correlationId, onModelFailed, onCited };
  const observer = reportPipeline(report);
  const { contextTimeoutMs, jobTimeoutMs } = config;
  const result = await enhanceTicket(
    { ticket: data, jobId: job.id, correlationId, preferences: preferencesOf(tenant) },
    { sources, model, whenUnavailable, rerank, publisher, observer, contextTimeoutMs, jobTimeoutMs },
    signal,
  );
  // The note is on the ticket. Without this record its citations are not counted when the ticket is resolved.
  await citedNotes.remember(tenant.id, data.ticketId, cited.map(citedSource)).catch((error: unknown) => {
    log.warn({ err: error }, 'citations of the note not remembered');
  });
  return result;
}

function preferencesOf({ notes, limits }: Tenant): NotePreferences {
  return { ...notes, maxWords: limits.wordsPerNote };
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

function newerJob(): EnhancementError {
  const message = 'A newer release queued this job, and this one cannot read it. Upgrade this machine too.';
  return new EnhancementError('JOB_VERSION_UNKNOWN', message);
}

function invalidJob(cause: z.ZodError): EnhancementError {
  const fields = cause.issues.map(({ path }) => path.join('.')).join(', ');
  const message = `The job's data is damaged (${fields}). Have the desk send the ticket again.`;
  return new EnhancementError('JOB_INVALID', message, { cause });
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

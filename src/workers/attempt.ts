import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { z } from 'zod';
import type { Config } from '../config/config.js';
import { type CitedNotes, createNotePublisher, createRedisNoteStore } from '../connectors/index.js';
import {
  citedSource,
  EnhancementError,
  type EnhancementResult,
  enhanceTicket,
  type Excerpt,
  type NotePreferences,
  toEnhancementError,
} from '../enhancement/index.js';
import { messageOf, presentable } from '../logging/describe-error.js';
import type { Logger } from '../logging/logger.js';
import type { JobRecorder } from '../telemetry/recorder.js';
import { lockKey, type RedisClient } from '../queue/connection.js';
import { type EnhancementJob, enhancementJobSchema, isOfNewerRelease } from '../queue/job.js';
import { type JobRun, nextRun, readRun, runId, wasRunAgain, writeRun } from '../queue/job-run.js';
import { forgetDeaths } from '../queue/suspicion.js';
import { recordModelFailure } from '../queue/model-failure.js';
import { labelOfJob, type Tenant, type Tenants } from '../tenants/index.js';
import type { Tracing } from '../tracing/tracing.js';
import { defer, giveBack, type HeldJob, LeftToItsLock, mayFail, putBack } from './hand-back.js';
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

/**
 * Runs one attempt at one job, from its data to what BullMQ shall do with it, and reports each event once. By the time
 * it settles, what it counted is safe from this process's death.
 *
 * @param signal aborts with an {@link EnhancementError}: `DRAINED` or `LOCK_LOST`
 * @throws UnrecoverableError the job has failed for good
 * @throws WaitingError the job went back to the queue, or will when Redis takes writes again (`LeftToItsLock`)
 * @throws DelayedError the job is deferred: it waits for something that passes, or that an operator can end
 */
export async function runAttempt(
  job: Job<unknown>,
  token: string,
  signal: AbortSignal,
  dependencies: AttemptDependencies,
): Promise<EnhancementResult> {
  const { config, recorder, tracing, redis, suspects, log: parentLog } = dependencies;
  const { id: jobId = '' } = job;
  const parsed = enhancementJobSchema.safeParse(job.data);
  const identity = parsed.data ?? unreadable(job);
  const attempt = job.attemptsMade + 1;
  const held: HeldJob = { job, token, redis };
  const run = await currentRun(held);
  const acceptedAtMs = run.beganAtMs ?? identity.acceptedAtMs;
  const tenantId = labelOfJob(identity.tenantId);
  const log = parentLog.child({
    correlation_id: identity.correlationId,
    tenant_id: tenantId,
    ticket_id: identity.ticketId,
    job_id: jobId,
    attempt,
    ...(run.number === 0 ? {} : { run: run.number }),
  });
  tracing?.about({ tenantId, jobId, correlationId: identity.correlationId, attempt });
  if (run.number > 0) recorder.runAgain(tenantId, runId(jobId, run), identity.correlationId);

  const finish = async (outcome: 'success' | 'failure', details: object): Promise<void> => {
    const seconds = Math.max(0, Date.now() - acceptedAtMs) / 1000;
    recorder.finished({
      tenantId,
      jobId: runId(jobId, run),
      instance: identity.instance,
      outcome,
      seconds,
      correlationId: identity.correlationId,
    });
    tracing?.about({ outcome });
    log[outcome === 'success' ? 'info' : 'error']({ outcome, seconds, ...details }, 'job finished');
    await recorder.committed();
  };

  const handedBack = (told: WaitingError | DelayedError) => {
    tracing?.about({ outcome: 'given_back' });
    if (told instanceof DelayedError) {
      log.debug('job waits: it may not run beside the jobs that run here');
    } else if (told instanceof LeftToItsLock) {
      log.warn({ err: told.cause }, 'Redis did not take what became of the job, which is left to its lock');
    } else {
      log.info('job given back to the queue');
    }
    return told;
  };

  try {
    if (isOfNewerRelease(job.data)) throw newerJob();
    if (!parsed.success) throw invalidJob(parsed.error);
    const leave = await suspects.admit(held, signal);
    // A job that is no suspect may be taken just as another one begins to wait for being alone.
    if (leave === undefined) throw await (job.stalledCounter === 0 ? giveBack(held) : putBack(held));
    const result = await enhance(parsed.data, jobId, token, tenantId, log, signal, dependencies).finally(leave);
    await finish('success', { mode: result.mode, publication: result.publication });
    return result;
  } catch (thrown) {
    if (thrown instanceof WaitingError || thrown instanceof DelayedError) throw handedBack(thrown);
    const error = toEnhancementError(thrown, 'UNEXPECTED', 'The attempt failed in a way that was not foreseen.');
    const { failureClass } = error;
    if (failureClass === 'returned') {
      if (error.code === 'DRAINED') throw handedBack(await giveBack(held));
      tracing?.about({ outcome: 'abandoned' });
      log.warn({ err: error }, 'attempt abandoned');
      throw error;
    }
    const tooOld = Date.now() - acceptedAtMs >= config.jobMaxAgeHours * oneHourMs;
    if (typeof failureClass === 'object' && !tooOld) {
      const { deferred: reason } = failureClass;
      const { message, retryAfterMs, deferMs } = error;
      const told = await defer(held, {
        tenantId: identity.tenantId,
        reason,
        message: presentable(message),
        retryAfterMs,
        deferMs,
      });
      if (told instanceof LeftToItsLock) throw handedBack(told);
      recorder.deferred(tenantId, reason);
      tracing?.about({ outcome: 'deferred' });
      log.warn({ err: error, reason, retry_in_ms: told.delayMs }, 'job deferred');
      await recorder.committed();
      throw told;
    }
    const forGood = failureClass !== 'retryable' || attempt >= (job.opts.attempts ?? 1);
    const may = await mayFail(held, forGood);
    if (may instanceof LeftToItsLock) throw handedBack(may);
    if (!may) {
      tracing?.about({ outcome: 'abandoned' });
      log.warn({ err: error }, 'attempt abandoned, its lock is lost');
      throw error;
    }
    tracing?.failed(error.code);
    if (forGood) {
      await finish('failure', { err: error });
      throw failedForGood(error);
    }
    recorder.attemptFailed(tenantId, runId(jobId, run), attempt);
    tracing?.about({ outcome: 'retry' });
    log.warn({ err: error }, 'attempt failed, to be retried');
    await recorder.committed();
    throw error;
  }
}

async function enhance(
  data: EnhancementJob,
  jobId: string,
  token: string,
  tenantLabel: string,
  log: Logger,
  signal: AbortSignal,
  { config, tenants, resourcesOf, recorder, tracing, redis, citedNotes }: AttemptDependencies,
): Promise<EnhancementResult> {
  const tenant = tenants.get(data.tenantId);
  if (tenant === undefined) {
    const message = `This process knows no tenant ${labelOfJob(data.tenantId)}. Add it to TENANTS_FILE on every machine and reload.`;
    throw new EnhancementError('TENANT_UNKNOWN', message);
  }
  const { sources, desk, model } = resourcesOf(tenant);
  const { whenUnavailable } = tenant.llm;
  // Before anything is gathered or paid for.
  const blocked = desk.blocked() ?? (whenUnavailable === 'wait' ? model?.blocked() : undefined);
  if (blocked !== undefined) throw blocked;
  const lock = { key: lockKey(redis, jobId), token };
  const publisher = createNotePublisher({ store: createRedisNoteStore({ redis, jobId, lock }), desk });
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
    { ticket: data, jobId, correlationId, preferences: preferencesOf(tenant) },
    { sources, model, whenUnavailable, publisher, observer, contextTimeoutMs, jobTimeoutMs },
    signal,
  );
  // The note is on the ticket: what cannot be remembered of it is not counted when the ticket is resolved.
  await citedNotes.remember(tenant.id, data.ticketId, cited.map(citedSource)).catch((error: unknown) => {
    log.warn({ err: error }, 'citations of the note not remembered');
  });
  return result;
}

function preferencesOf({ notes, limits }: Tenant): NotePreferences {
  return { ...notes, maxWords: limits.wordsPerNote };
}

/** The run that this start belongs to; the first start after a retry that left no word of itself begins a new one. */
async function currentRun({ job, token, redis }: HeldJob): Promise<JobRun> {
  const run = readRun(job.progress);
  if (run.failedAttempt === undefined) return run;
  const isAgain = wasRunAgain(run, job.attemptsMade);
  // Otherwise it was written down by a worker that died before BullMQ had it. This attempt may end otherwise.
  const current = isAgain ? nextRun(run, Date.now()) : { ...run, failedAttempt: undefined };
  // If this is lost the next start finds the same.
  await (isAgain ? forgetDeaths(redis, job.id ?? '') : Promise.resolve())
    .then(() => writeRun(redis, job, token, current))
    .catch(() => undefined);
  return current;
}

/** What BullMQ does not try again; its message is the reason that the failed job shows. */
function failedForGood(error: EnhancementError): UnrecoverableError {
  const failure = new UnrecoverableError(`${error.code}: ${error.message}`);
  failure.cause = error;
  return failure;
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

/** As much as can be told about a job whose data has another form. */
function unreadable({
  data,
  timestamp,
}: Job<unknown>): Pick<EnhancementJob, 'tenantId' | 'ticketId' | 'correlationId' | 'acceptedAtMs' | 'instance'> {
  return z
    .object({
      tenantId: z.string().catch(''),
      ticketId: z.string().catch(''),
      correlationId: z.string().catch(''),
      acceptedAtMs: z.number().catch(timestamp),
      instance: z.string().optional().catch(undefined),
    })
    .catch({ tenantId: '', ticketId: '', correlationId: '', acceptedAtMs: timestamp, instance: undefined })
    .parse(data);
}

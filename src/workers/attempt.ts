import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Config } from '../config/config.js';
import { createNotePublisher, deskRests, storeUnavailable } from '../connectors/index.js';
import {
  EnhancementError,
  type EnhancementResult,
  enhanceTicket,
  type PipelineObserver,
  toEnhancementError,
} from '../enhancement/index.js';
import type { Logger } from '../logging/logger.js';
import type { JobRecorder } from '../monitoring/recorder.js';
import { type EnhancementJob, enhancementJobSchema, queueName, queuePrefix } from '../queue/job.js';
import type { Tenant, Tenants } from '../tenants/index.js';
import type { TenantResources } from './tenant-resources.js';

/** A job that ended its process this often is not started again: it would take every worker down in turn. */
export const startsPerKiller = 3;

/**
 * A job is held back for its desk at most this long altogether; then it uses up its attempts and fails, visibly. Added up
 * from the delays and not taken from the clock, which may have jumped since the webhook. Milliseconds.
 */
const longestDeferralMs = 120_000;
/** Not the very moment at which the desk may be asked again: another job may be asking it just then. */
const shortestDeferralMs = 1000;

export interface AttemptDependencies {
  readonly config: Pick<Config, 'contextTimeoutMs' | 'jobTimeoutMs'>;
  readonly tenants: Tenants;
  readonly resourcesOf: (tenant: Tenant) => TenantResources;
  readonly recorder: JobRecorder;
  readonly redis: Redis;
  readonly log: Logger;
}

/** What BullMQ keeps with a job for us between its starts. */
const progressSchema = z
  .object({ givenBack: z.number().int().nonnegative(), deferredMs: z.number().nonnegative().default(0) })
  .catch({ givenBack: 0, deferredMs: 0 });

/**
 * Runs one attempt at one job, from its data to what BullMQ shall do with it, and reports each event once. By the time
 * it settles, what it counted is safe from this process's death.
 *
 * @param signal aborts with an {@link EnhancementError}: `DRAINED` or `LOCK_LOST`
 * @throws UnrecoverableError the job has failed for good
 * @throws WaitingError the job went back to the queue
 * @throws DelayedError the job waits until its desk may be asked again
 */
export async function runAttempt(
  job: Job<unknown>,
  token: string,
  signal: AbortSignal,
  dependencies: AttemptDependencies,
): Promise<EnhancementResult> {
  const { recorder, tenants, log: parentLog } = dependencies;
  const { id: jobId = '' } = job;
  const parsed = enhancementJobSchema.safeParse(job.data);
  const identity = parsed.data ?? unreadable(job.data);
  const attempt = job.attemptsMade + 1;
  const tenantId = tenants.label(identity.tenantId);
  const log = parentLog.child({
    correlation_id: identity.correlationId,
    tenant_id: tenantId,
    job_id: jobId,
    attempt,
  });

  const finish = async (outcome: 'success' | 'failure', details: object): Promise<void> => {
    const seconds = Math.max(0, Date.now() - identity.acceptedAtMs) / 1000;
    recorder.finished({
      tenantId,
      jobId,
      instance: identity.instance,
      outcome,
      seconds,
      correlationId: identity.correlationId,
    });
    log[outcome === 'success' ? 'info' : 'error']({ outcome, seconds, ...details }, 'job finished');
    await recorder.committed();
  };

  try {
    if (!parsed.success) throw invalidJob(parsed.error);
    refuseKiller(job);
    const result = await enhance(parsed.data, jobId, token, tenantId, log, signal, dependencies);
    await finish('success', { mode: result.mode, publication: result.publication });
    return result;
  } catch (thrown) {
    let error = toEnhancementError(thrown, 'UNEXPECTED', 'The attempt failed in a way that was not foreseen.');
    switch (error.code) {
      case 'LOCK_LOST':
        log.warn({ err: error }, 'attempt abandoned');
        throw error;
      case 'DRAINED': {
        const refused = await refusalOf(giveBack(job, token));
        if (refused === undefined) {
          log.info('job given back to the queue');
          throw new WaitingError();
        }
        error = refused;
        break;
      }
      case 'DESK_RESTING': {
        if (progressOf(job).deferredMs >= longestDeferralMs) break;
        const refused = await refusalOf(defer(job, token, error.deferMs ?? 0));
        if (refused === undefined) {
          log.info('job deferred: its desk is left alone');
          throw new DelayedError();
        }
        error = refused;
        break;
      }
      default:
    }
    // Frozen for a while, this process may fail a job that another one is about to finish.
    if ((await dependencies.redis.get(lockKey(jobId))) !== token) {
      log.warn({ err: error }, 'attempt abandoned, another worker has the job');
      throw error;
    }
    if (!error.retryable || attempt >= (job.opts.attempts ?? 1)) {
      await finish('failure', { err: error });
      throw failedForGood(error);
    }
    recorder.attemptFailed(tenantId, jobId, attempt);
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
  { config, tenants, resourcesOf, recorder, redis }: AttemptDependencies,
): Promise<EnhancementResult> {
  const tenant = tenants.get(data.tenantId);
  if (tenant === undefined || !tenant.active) {
    const message = 'The tenant is not configured, or not active any more. Configure it and retry the job.';
    throw new EnhancementError('TENANT_UNKNOWN', message, { retryable: false });
  }
  const { sources, desk, model } = resourcesOf(tenant);
  const restsForMs = desk.restsForMs();
  if (restsForMs > 0) throw deskRests(restsForMs);
  const lock = { key: lockKey(jobId), token };
  const publisher = createNotePublisher({ redis, desk, jobId, lock });
  const observer = observe(recorder, tenantLabel, data.correlationId, log);
  const timeout = AbortSignal.timeout(config.jobTimeoutMs);
  try {
    return await enhanceTicket(
      { ticket: data, jobId, correlationId: data.correlationId, maxWords: tenant.limits.wordsPerNote },
      { sources, model, publisher, observer, contextTimeoutMs: config.contextTimeoutMs },
      AbortSignal.any([signal, timeout]),
    );
  } catch (error) {
    signal.throwIfAborted();
    if (!timeout.aborted) throw error;
    const message = `The attempt took longer than JOB_TIMEOUT_MS (${config.jobTimeoutMs} ms).`;
    throw new EnhancementError('JOB_TIMEOUT', message, { retryable: true, cause: error });
  }
}

function observe(recorder: JobRecorder, tenantId: string, correlationId: string, log: Logger): PipelineObserver {
  return {
    stepEnded: (step, outcome, seconds) => recorder.operation(tenantId, step, outcome, seconds, correlationId),
    contextSourceFailed(source, error) {
      recorder.contextFailed(tenantId, source);
      log.warn({ source, err: error }, 'context source failed');
    },
    modelFailed: (error) => log.warn({ err: error }, 'language model failed, falling back to extractive'),
    tokensUsed: (model, prompt, completion) => recorder.tokensUsed(tenantId, model, prompt, completion),
    noteWritten: (mode) => recorder.synthesized(tenantId, mode),
  };
}

/** Starts that neither ended nor were given back are deaths of the worker that ran them. */
function refuseKiller(job: Job<unknown>): void {
  const deaths = job.attemptsStarted - 1 - job.attemptsMade - progressOf(job).givenBack;
  if (deaths < startsPerKiller) return;
  const message = `The job was started ${deaths} times and its worker died each time. See the workers' logs for why.`;
  throw new EnhancementError('JOB_KILLS_WORKER', message, { retryable: false });
}

/**
 * Why Redis (full, read-only) did not take the job back; undefined: it did. The attempt then is one that failed, like any
 * other: BullMQ would fail the job by itself otherwise, and nobody would count its end.
 */
async function refusalOf(handingBack: Promise<void>): Promise<EnhancementError | undefined> {
  try {
    await handingBack;
    return undefined;
  } catch (error) {
    return storeUnavailable(error);
  }
}

async function giveBack(job: Job<unknown>, token: string): Promise<void> {
  const { givenBack, deferredMs } = progressOf(job);
  await job.updateProgress({ givenBack: givenBack + 1, deferredMs });
  await job.moveToWait(token);
}

/**
 * Not an attempt: the job never got as far as its desk. The delay grows and is spread, so that a long queue does not
 * come back in one moment.
 */
async function defer(job: Job<unknown>, token: string, deferMs: number): Promise<void> {
  const { givenBack, deferredMs } = progressOf(job);
  const growth = 2 ** Math.min(givenBack, 2);
  const delayMs = Math.round(Math.max(deferMs, shortestDeferralMs) * growth * (1 + Math.random()));
  await job.updateProgress({ givenBack: givenBack + 1, deferredMs: deferredMs + delayMs });
  await job.moveToDelayed(Date.now() + delayMs, token);
}

function progressOf(job: Job<unknown>): z.infer<typeof progressSchema> {
  return progressSchema.parse(job.progress);
}

/** BullMQ's lock on a job: holds the token of whoever works on it. */
function lockKey(jobId: string): string {
  return `${queuePrefix}:${queueName}:${jobId}:lock`;
}

/** What BullMQ does not try again; its message is the reason that the failed job shows. */
function failedForGood(error: EnhancementError): UnrecoverableError {
  const failure = new UnrecoverableError(`${error.code}: ${error.message}`);
  failure.cause = error;
  return failure;
}

function invalidJob(cause: z.ZodError): EnhancementError {
  const fields = cause.issues.map(({ path }) => path.join('.')).join(', ');
  const message = `The job's data is not of a form that this release knows (${fields}). Was it queued by a newer one?`;
  return new EnhancementError('JOB_INVALID', message, { retryable: false, cause });
}

/** As much as can be told about a job whose data has another form. */
function unreadable(data: unknown): Pick<EnhancementJob, 'tenantId' | 'correlationId' | 'acceptedAtMs' | 'instance'> {
  return z
    .object({
      tenantId: z.string().catch(''),
      correlationId: z.string().catch(''),
      acceptedAtMs: z.number().catch(() => Date.now()),
    })
    .catch(() => ({ tenantId: '', correlationId: '', acceptedAtMs: Date.now() }))
    .parse(data);
}

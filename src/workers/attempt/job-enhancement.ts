import type { z } from 'zod';
import type { Config } from '../../config/config.js';
import { type CitedNotes, createNotePublisher, createRedisNoteStore } from '../../connectors/index.js';
import { citedSource, EnhancementError, type Excerpt, type NotePreferences } from '../../enhancement/index.js';
import { type EnhancementResult, enhanceTicket } from '../../enhancement/note-engine.js';
import { messageOf, presentable } from '../../logging/describe-error.js';
import type { Logger } from '../../logging/logger.js';
import { type EnhancementJob, enhancementJobSchema, isOfNewerRelease } from '../../queue/job.js';
import { recordModelFailure } from '../../queue/model-failure.js';
import type { RedisClient } from '../../redis/connection.js';
import type { HeldJob } from '../../redis/jobs/held-job.js';
import type { JobRecorder } from '../../telemetry/recorder.js';
import { labelOfJob, type Tenant, type Tenants } from '../../tenants/index.js';
import type { Tracing } from '../../tracing/tracing.js';
import { reportPipeline } from './pipeline-report.js';
import type { Suspects } from '../selection/suspects.js';
import type { TenantResources } from '../tenant-resources.js';

export interface EnhancementDependencies {
  readonly config: Pick<Config, 'contextTimeoutMs' | 'jobTimeoutMs'>;
  readonly tenants: Tenants;
  readonly resourcesOf: (tenant: Tenant) => TenantResources;
  readonly recorder: JobRecorder;
  /** Undefined: nothing is traced. */
  readonly tracing?: Tracing | undefined;
  readonly redis: RedisClient;
  readonly suspects: Suspects;
  readonly citedNotes: Pick<CitedNotes, 'remember'>;
}

/** What the enhancement needs of a job's start. */
export interface JobStart {
  readonly job: HeldJob;
  /** The tenant, as in metrics and logs. */
  readonly tenantLabel: string;
  readonly log: Logger;
  /** Aborts with an {@link EnhancementError}. */
  readonly signal: AbortSignal;
}

/**
 * Parses the job's data, gathers context, writes the note and posts it.
 *
 * @returns undefined if the job may not run beside the jobs that this worker runs now
 * @throws {EnhancementError} the cause, from which decision.ts decides about the job; or the signal's reason
 */
export async function enhanceJob(
  start: JobStart,
  dependencies: EnhancementDependencies,
): Promise<EnhancementResult | undefined> {
  const { job, signal } = start;
  if (isOfNewerRelease(job.data)) throw newerJob();
  const { data, error } = enhancementJobSchema.safeParse(job.data);
  if (error !== undefined) throw invalidJob(error);
  const leave = await dependencies.suspects.admit(job, signal);
  return leave && enhance(start, data, dependencies).finally(leave);
}

async function enhance(
  { job, tenantLabel, log, signal }: JobStart,
  data: EnhancementJob,
  dependencies: EnhancementDependencies,
): Promise<EnhancementResult> {
  const { config, tenants, resourcesOf, recorder, tracing, redis, citedNotes } = dependencies;
  const tenant = tenantOf(data, tenants);
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

/** @throws {EnhancementError} `TENANT_UNKNOWN`: it is not configured here, or has another desk */
function tenantOf({ tenantId, desk }: EnhancementJob, tenants: Tenants): Tenant {
  const tenant = tenants.get(tenantId);
  if (tenant === undefined) {
    const message = `This process knows no tenant ${labelOfJob(tenantId)}. Add it to TENANTS_FILE on every machine and reload.`;
    throw new EnhancementError('TENANT_UNKNOWN', message);
  }
  if (desk !== undefined && desk !== tenant.desk.type) {
    const message = `The ticket is of a ${desk} desk, and tenant ${tenant.id} has a ${tenant.desk.type} desk here. Configure that desk for a tenant of this id until its jobs have ended; otherwise they fail when they are JOB_MAX_AGE_HOURS old.`;
    throw new EnhancementError('TENANT_UNKNOWN', message);
  }
  return tenant;
}

function preferencesOf({ notes, limits }: Tenant): NotePreferences {
  return { ...notes, maxWords: limits.wordsPerNote };
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

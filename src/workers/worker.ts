import { setTimeout as sleep } from 'node:timers/promises';
import { DelayedError, WaitingError } from 'bullmq';
import type { Config } from '../config/config.js';
import {
  createRedisDialectMemory,
  createCitedNotes,
  createTicketHistory,
  type DeskBreakerOptions,
  type ProxySettings,
} from '../connectors/index.js';
import { EnhancementError, prepareLanguages } from '../enhancement/index.js';
import type { Logger } from '../logging/logger.js';
import type { JobRecorder } from '../telemetry/recorder.js';
import { keyPrefix, longestBlockSeconds, patientConnection } from '../queue/connection.js';
import { retryDelayMs } from '../queue/delay.js';
import { queueName } from '../queue/job.js';
import { createLine } from '../queue/line.js';
import { withoutVersionCheck } from '../queue/server-version.js';
import type { Tenants } from '../tenants/index.js';
import type { Tracing } from '../tracing/tracing.js';
import { runAttempt } from './attempt.js';
import { createCompany } from './company.js';
import { createContextReports } from './context-report.js';
import { LeftToItsLock } from './hand-back.js';
import type { JobLeases } from './leases.js';
import { reportModels } from './model-report.js';
import { createPromoter } from './promoter.js';
import { QueueWorker } from './queue-worker.js';
import { createSlowTenants } from './slow-tenants.js';
import { createSuspects } from './suspects.js';
import { createTenantConcurrency } from './tenant-concurrency.js';
import { createTenantResources } from './tenant-resources.js';

export interface EnhancementWorkerOptions {
  readonly config: Pick<
    Config,
    | 'workerConcurrency'
    | 'contextTimeoutMs'
    | 'jobTimeoutMs'
    | 'jobMaxAgeHours'
    | 'llmBaseUrl'
    | 'llmApiKey'
    | 'llmModel'
    | 'llmTimeoutMs'
    | 'llmMaxOutputTokens'
    | 'llmApiKeyHeader'
  > &
    ProxySettings;
  readonly redisUrl: string;
  readonly tenants: Tenants;
  readonly recorder: JobRecorder;
  readonly tracing?: Tracing | undefined;
  readonly leases: JobLeases;
  readonly log: Logger;
  readonly deskBreaker?: DeskBreakerOptions;
}

export interface EnhancementWorker {
  /** Begins to take jobs; resolves when Redis has answered. */
  start(): Promise<void>;
  /**
   * Takes no more jobs and waits for those under way; what is not done by the deadline is interrupted and goes back
   * to the queue. Safe to call twice. Resolves when all is over and the connections are closed.
   */
  drain(deadlineMs: number): Promise<void>;
}

/**
 * A worker and, it is thought, the primary may die at once: then another worker's check must find the lock expired
 * within 15 s. It does after lockDuration and twice stalledInterval at the latest: now and then BullMQ skips a check,
 * whose timer and whose key in Redis, which keeps two workers from checking at once, end in the same millisecond.
 */
const lockDurationMs = 8000;
const stalledIntervalMs = 3000;
/** After a failed command to Redis; BullMQ's own 15 s would keep us idle long after Redis is back. */
const redisRetryMs = 500;
/** How long interrupted jobs may take to go back to the queue. */
const interruptMs = 2000;

/** Consumes the queue: one of these per worker child. */
export function createEnhancementWorker(options: EnhancementWorkerOptions): EnhancementWorker {
  const { config, redisUrl, tenants, recorder, tracing, leases, log } = options;
  const redis = patientConnection(redisUrl);
  const queueConnection = patientConnection(redisUrl);
  const promoter = createPromoter(redis, log);
  const slowTenants = createSlowTenants(() => worker.lookAgain());
  const resourcesOf = createTenantResources({
    config,
    history: createTicketHistory(redis),
    redis,
    deskBreaker: options.deskBreaker,
    models: { ...reportModels(recorder, log), dialects: createRedisDialectMemory(redis) },
    contextReports: createContextReports(recorder, log),
    slowTenants,
    onRecovered: promoter.promote,
  });
  const company = createCompany(() => worker.lookAgain());
  const suspects = createSuspects({ redis, company, log, concurrency: config.workerConcurrency });
  const dependencies = {
    config,
    tenants,
    resourcesOf,
    recorder,
    tracing,
    redis,
    suspects,
    log,
    citedNotes: createCitedNotes(redis),
  };
  const running = new Map<string, AbortController>();

  const worker = new QueueWorker(
    queueName,
    async (job, token = '') => {
      const { id: jobId = '' } = job;
      const controller = new AbortController();
      running.set(jobId, controller);
      leases.started({ jobId, token });
      try {
        return await runAttempt(job, token, controller.signal, dependencies);
      } catch (error) {
        // No event follows for these; all other leases end when Redis has taken the job's end. What is left to its lock
        // stays leased, so that the primary gives it back as soon as this process has ended.
        const returned = error instanceof DelayedError || error instanceof WaitingError;
        if ((controller.signal.aborted || returned) && !(error instanceof LeftToItsLock)) leases.ended(jobId);
        throw error;
      } finally {
        if (running.get(jobId) === controller) running.delete(jobId);
      }
    },
    {
      prefix: keyPrefix(queueConnection),
      connection: queueConnection,
      ...withoutVersionCheck,
      drainDelay: longestBlockSeconds,
      autorun: false,
      concurrency: config.workerConcurrency,
      lockDuration: lockDurationMs,
      stalledInterval: stalledIntervalMs,
      // What becomes of a job whose worker disappeared is decided by suspects.ts: BullMQ would fail it past our processor,
      // and its end would not be counted.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: redisRetryMs,
      settings: { backoffStrategy: (attemptsMade) => retryDelayMs(attemptsMade) },
      ...(tracing === undefined ? {} : { telemetry: tracing.telemetry }),
    },
    {
      line: createLine(redis),
      concurrency: createTenantConcurrency(config.workerConcurrency, slowTenants),
      company,
      async onEndRefused({ id: jobId = '' }, token) {
        leases.left(jobId);
        await suspects.survived(jobId, token);
      },
    },
  );
  // Without a listener an error would end the process.
  worker.on('error', logUnlessRepeated(log));
  worker.on('completed', ({ id = '' }) => leases.ended(id));
  worker.on('failed', (job) => leases.ended(job?.id ?? ''));
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const jobId of jobIds) running.get(jobId)?.abort(lockLost());
  });

  let draining: Promise<void> | undefined;

  async function drain(deadlineMs: number): Promise<void> {
    const interrupt = setTimeout(() => {
      log.warn({ jobs: running.size }, 'drain deadline reached, interrupting jobs');
      for (const controller of running.values()) controller.abort(drained());
    }, deadlineMs);
    // A Redis that is away would keep close() waiting for ever.
    const lastMoment = new AbortController();
    const closed = worker.end().then(() => true);
    const waited = sleep(deadlineMs + interruptMs, false, { signal: lastMoment.signal, ref: false });
    try {
      if (!(await Promise.race([closed, waited]))) log.error('Redis is away, jobs are left to their locks');
    } finally {
      clearTimeout(interrupt);
      lastMoment.abort();
      promoter.stop();
      queueConnection.disconnect();
      redis.disconnect();
      await worker.abandon();
    }
  }

  return {
    async start() {
      await Promise.all([worker.waitUntilReady(), prepareLanguages()]);
      worker.run().catch((error: unknown) => log.error({ err: error }, 'the worker stopped taking jobs'));
    },
    drain(deadlineMs) {
      draining ??= drain(deadlineMs);
      return draining;
    },
  };
}

/** While Redis is away the same error comes twice a second. */
function logUnlessRepeated(log: Logger): (error: Error) => void {
  const silenceMs = 30_000;
  let last = { message: '', atMs: 0 };
  return (error) => {
    if (error.message === last.message && Date.now() - last.atMs < silenceMs) return;
    last = { message: error.message, atMs: Date.now() };
    log.warn({ err: error }, 'queue error');
  };
}

function drained(): EnhancementError {
  return new EnhancementError('DRAINED', 'The worker is being stopped.');
}

function lockLost(): EnhancementError {
  return new EnhancementError(
    'LOCK_LOST',
    'The lock on the job could not be renewed; another worker may have it by now.',
  );
}

import { setTimeout as sleep } from 'node:timers/promises';
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
import { retryDelayMs } from '../queue/delay.js';
import { createBacklog } from '../queue/backlog.js';
import { patientConnection } from '../redis/connection.js';
import { watchConnectionLoss } from '../redis/connection-loss.js';
import { wordsOf } from '../redis/redis-words.js';
import { createQueueWorker } from '../redis/queue-worker.js';
import type { Tenants } from '../tenants/index.js';
import type { Tracing } from '../tracing/tracing.js';
import { runAttempt } from './attempt.js';
import type { ContextHost } from './context/context-host.js';
import type { ContextEvents } from './context/context-sources.js';
import { createJobIsolation } from './job-isolation.js';
import { createContextReports } from './context-report.js';
import { createJobSelection } from './job-selection.js';
import type { JobLeases } from './job-leases.js';
import { reportModels } from './model-report.js';
import { createPromoter } from './promoter.js';
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
  readonly openContext: (events: ContextEvents) => ContextHost;
  readonly tenants: Tenants;
  readonly recorder: JobRecorder;
  readonly tracing?: Tracing | undefined;
  readonly leases: JobLeases;
  /** It lost its connection to Redis, for this reason; undefined: it has one again. */
  readonly onRedis: (problem: string | undefined) => void;
  /** It takes no more jobs and is of no use: its process is to be replaced. */
  readonly onStopped: (error: unknown) => void;
  readonly log: Logger;
  readonly deskBreaker?: DeskBreakerOptions;
}

export interface EnhancementWorker {
  /** Begins to take jobs; resolves when Redis has answered. */
  start(): Promise<void>;
  /**
   * Takes no more jobs and waits for those in progress; jobs that have not ended by the deadline are interrupted and return to
   * the queue. Resolves when all jobs have ended and the connections are closed. May be called twice.
   */
  drain(deadlineMs: number): Promise<void>;
}

const indexFailed =
  'the stored index of resolved tickets cannot be used as it is; without one it is built in the memory of each worker';

/** How long interrupted jobs may take to return to the queue. Milliseconds. */
const interruptMs = 2000;

/** Consumes the queue: one of these per worker child. */
export function createEnhancementWorker(options: EnhancementWorkerOptions): EnhancementWorker {
  const { config, redisUrl, tenants, recorder, tracing, leases, log } = options;
  const redis = patientConnection(redisUrl);
  const queueConnection = patientConnection(redisUrl);
  const problem: { lost?: string | undefined; forbidden?: string | undefined } = {};
  const noteProblem = (found: typeof problem): void => {
    const before = problem.lost ?? problem.forbidden;
    Object.assign(problem, found);
    const now = problem.lost ?? problem.forbidden;
    if (now !== before) options.onRedis(now);
  };
  const stopWatching = watchConnectionLoss([redis, queueConnection], { onChange: (lost) => noteProblem({ lost }) });
  const promoter = createPromoter(redis, log);
  const slowTenants = createSlowTenants(() => worker.lookAgain());
  const contextReports = createContextReports(recorder, log);
  const context = options.openContext({
    filesRead: (tenantId, source, leftOut) => contextReports(tenantId, source).filesRead(leftOut),
    indexFailed: (tenantId, why) => log.warn({ tenant_id: tenantId, why }, indexFailed),
  });
  const resourcesOf = createTenantResources({
    config,
    context,
    history: createTicketHistory(redis),
    redis,
    deskBreaker: options.deskBreaker,
    models: { ...reportModels(recorder, log), dialects: createRedisDialectMemory(redis) },
    contextReports,
    slowTenants,
    onRecovered: promoter.promote,
  });
  const isolation = createJobIsolation(() => worker.lookAgain());
  const suspects = createSuspects({ redis, isolation, log, concurrency: config.workerConcurrency });
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

  const worker = createQueueWorker({
    connection: queueConnection,
    redis,
    concurrency: config.workerConcurrency,
    selection: createJobSelection({
      concurrency: createTenantConcurrency(config.workerConcurrency, slowTenants),
      isolation,
      backlog: createBacklog(redis),
    }),
    async process(job) {
      const controller = new AbortController();
      running.set(job.id, controller);
      leases.started({ jobId: job.id, token: job.lock.token });
      try {
        const end = await runAttempt(job, controller.signal, dependencies);
        // No event follows for these; other leases end when Redis has taken the job's end. A job that is left to its lock
        // stays leased, so that the primary gives it back as soon as this process has ended.
        if (end.kind === 'returned' || (end.kind === 'abandoned' && controller.signal.aborted)) leases.ended(job.id);
        return end;
      } finally {
        if (running.get(job.id) === controller) running.delete(job.id);
      }
    },
    onEnded: leases.ended,
    async onEndRefused(jobId, token) {
      leases.left(jobId);
      await suspects.survived(jobId, token);
    },
    onLocksLost(jobIds) {
      for (const jobId of jobIds) running.get(jobId)?.abort(lockLost());
    },
    onError: logUnlessRepeated(log),
    onForbidden: (error) => noteProblem({ forbidden: error && wordsOf(queueConnection, error) }),
    onStopped: options.onStopped,
    retryDelayMs,
    telemetry: tracing?.telemetry,
  });

  let draining: Promise<void> | undefined;

  async function drain(deadlineMs: number): Promise<void> {
    stopWatching();
    const interrupt = setTimeout(() => {
      log.warn({ jobs: running.size }, 'drain deadline reached, interrupting jobs');
      for (const controller of running.values()) controller.abort(drained());
    }, deadlineMs);
    // Without Redis, end() would never resolve.
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
      await Promise.all([worker.abandon(), context.end()]);
    }
  }

  return {
    async start() {
      await Promise.all([worker.ready(), prepareLanguages()]);
      worker.start();
    },
    drain(deadlineMs) {
      draining ??= drain(deadlineMs);
      return draining;
    },
  };
}

/** While Redis is unavailable the same error occurs twice a second. */
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

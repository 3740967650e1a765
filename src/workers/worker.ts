import type { Config } from '../config/config.js';
import {
  createRedisDialectMemory,
  createCitedNotes,
  createTicketHistory,
  type DeskBreakerOptions,
} from '../connectors/index.js';
import { prepareLanguages } from '../enhancement/note-engine.js';
import type { Logger } from '../logging/logger.js';
import type { JobRecorder } from '../telemetry/recorder.js';
import { retryDelayMs } from '../queue/delay.js';
import { createBacklog } from '../queue/backlog.js';
import { patientConnection } from '../redis/connection.js';
import { watchConnectionLoss } from '../redis/connection-loss.js';
import { createQueueWorker } from '../redis/jobs/queue-worker.js';
import { wordsOf } from '../redis/redis-errors.js';
import type { Tenants } from '../tenants/index.js';
import { within } from '../timing/within.js';
import type { Tracing } from '../tracing/tracing.js';
import type { AttemptDependencies } from './attempt/attempt.js';
import { runAttempt } from './attempt/run-attempt.js';
import { createRunningJobs } from './running-jobs.js';
import type { ContextHost } from './context/context-host.js';
import type { ContextEvents } from './context/context-sources.js';
import { createJobIsolation } from './selection/job-isolation.js';
import { createContextReports } from './context-report.js';
import { createJobSelection } from './selection/job-selection.js';
import type { JobLeases } from './job-leases.js';
import { reportModels } from './model-report.js';
import { logUnlessRepeated } from './queue-errors.js';
import { createPromoter } from './promoter.js';
import { createSlowTenants } from './selection/slow-tenants.js';
import { createSuspects } from './selection/suspects.js';
import { createTenantConcurrency } from './selection/tenant-concurrency.js';
import { createTenantResources, type TenantResourcesOptions } from './tenant-resources.js';

export interface EnhancementWorkerOptions {
  readonly config: Pick<Config, 'workerConcurrency'> & AttemptDependencies['config'] & TenantResourcesOptions['config'];
  readonly redisUrl: string;
  readonly openContext: (events: ContextEvents) => ContextHost;
  readonly tenants: Tenants;
  readonly recorder: JobRecorder;
  readonly tracing?: Tracing | undefined;
  readonly leases: JobLeases;
  /** Called when the worker cannot use Redis any more, with the reason; with undefined when it can again. */
  readonly onRedis: (problem: string | undefined) => void;
  /** Called when the worker takes no more jobs although it was not told to end: its process must be replaced. */
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

/** Wires the consumer of the queue: one in each worker child. */
export function createEnhancementWorker(options: EnhancementWorkerOptions): EnhancementWorker {
  const { config, redisUrl, tenants, recorder, tracing, leases, log } = options;
  const redis = patientConnection(redisUrl);
  const queueConnection = patientConnection(redisUrl);
  const redisProblem = createRedisProblem(options.onRedis);
  const stopWatching = watchConnectionLoss([redis, queueConnection], {
    onChange: (problem) => redisProblem('loss', problem),
  });
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
  const running = createRunningJobs();

  const worker = createQueueWorker({
    connection: queueConnection,
    redis,
    concurrency: config.workerConcurrency,
    selection: createJobSelection({
      concurrency: createTenantConcurrency(config.workerConcurrency, slowTenants),
      isolation,
      backlog: createBacklog(redis),
    }),
    process: (job) =>
      running.run(job.id, async (signal) => {
        leases.started({ jobId: job.id, token: job.lock.token });
        const end = await runAttempt(job, signal, dependencies);
        // No event follows for these; other leases end when Redis has accepted the job's end. The lease of a job that stays under
        // its lock remains, so that the primary gives the job back as soon as this process has ended.
        if (end.kind === 'returned' || (end.kind === 'abandoned' && signal.aborted)) leases.ended(job.id);
        return end;
      }),
    onEnded: leases.ended,
    async onEndRefused(jobId, token) {
      leases.left(jobId);
      await suspects.survived(jobId, token);
    },
    onLocksLost: running.locksLost,
    onError: logUnlessRepeated(log),
    onForbidden: (error) => redisProblem('forbidden', error && wordsOf(queueConnection, error)),
    onStopped: options.onStopped,
    retryDelayMs,
    telemetry: tracing?.telemetry,
  });

  let draining: Promise<void> | undefined;

  async function drain(deadlineMs: number): Promise<void> {
    stopWatching();
    const interrupt = setTimeout(() => {
      const jobs = running.interruptAll();
      log.warn({ jobs }, 'drain deadline reached, jobs are interrupted');
    }, deadlineMs);
    try {
      // Without Redis, end() never resolves.
      await within(deadlineMs + interruptMs, worker.end(), () =>
        log.error('Redis is unreachable; the jobs in progress stay under their locks until these expire'),
      );
    } finally {
      clearTimeout(interrupt);
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

/**
 * Why the worker cannot use Redis. The loss of a connection is the reason while it lasts, whatever command was forbidden before.
 *
 * @param onChange called with the reason; undefined: Redis can be used
 */
function createRedisProblem(onChange: (problem: string | undefined) => void) {
  const problems: { loss?: string | undefined; forbidden?: string | undefined } = {};
  let reported: string | undefined;
  return (kind: keyof typeof problems, problem: string | undefined): void => {
    problems[kind] = problem;
    const now = problems.loss ?? problems.forbidden;
    if (now === reported) return;
    reported = now;
    onChange(now);
  };
}

import type { Socket } from 'node:net';
import type { Config } from '../config/config.js';
import { version } from '../config/version.js';
import type { Logger } from '../logging/logger.js';
import { createAuditTrail } from '../queue/audit-trail.js';
import { createDeferredJobs } from '../queue/deferred-jobs.js';
import { createJobRecovery, type JobRecovery } from '../queue/job-recovery.js';
import { readModelFailure } from '../queue/model-failure.js';
import { createQueueReader } from '../queue/queue-reader.js';
import { createTenantJobs } from '../queue/tenant-jobs.js';
import { type FailFastQueue, openFailFastQueue } from '../redis/fail-fast-queue.js';
import type { StopStep } from '../shutdown.js';
import { createPrimaryMonitoring, type PrimaryMonitoring } from '../telemetry/primary-monitoring.js';
import { untilAnnounced } from './announcement.js';
import { createLeases } from './children/leases.js';
import { createSupervisor } from './children/supervisor.js';
import { createReloader } from './reload/reloader.js';
import type { Setup } from './setup.js';
import { createFactReader } from './state/fact-reader.js';
import { type Readiness, readinessOf } from './state/readiness.js';
import { watchState } from './state/state-watch.js';
import type { LatestNote, Status } from './status.js';
import { createStatusReader, redisMaxAgeMs } from './status-reader.js';
import { watchAuditTrail } from './watchers/audit-watch.js';
import { watchClock } from './watchers/clock-watch.js';
import { createDepartedTenants } from './watchers/departed-tenants.js';
import { createLatestReading } from './watchers/latest-reading.js';
import { createQueueWatcher } from './watchers/queue-watcher.js';

export interface PrimaryOptions {
  readonly config: Config;
  readonly redisUrl: string;
  /** See redis/embedded/lifeline.ts; undefined: Redis is elsewhere. */
  readonly lifeline: () => Socket | undefined;
  readonly setup: Setup;
  /** Reads and validates it again. @throws when it is not valid */
  readonly readSetup: () => Setup;
  /** A sentence about a problem of the embedded Redis; undefined: there is none, or no embedded Redis. */
  readonly embeddedRedisProblem: () => string | undefined;
  /** The latest notes of the local desk, newest first. */
  readonly latestNotes: (limit: number) => Promise<readonly LatestNote[]>;
  readonly log: Logger;
}

export interface Primary {
  /** Answers a scrape of `/metrics`. */
  readonly scrape: PrimaryMonitoring['scrape'];
  readonly readiness: () => Promise<Readiness>;
  readonly status: () => Promise<Status>;
  readonly queue: FailFastQueue;
  /** Forks the children. */
  start(): void;
  /** Resolves when the start can be announced ({@link untilAnnounced}); never, if the service stops before. */
  whenReady(): Promise<void>;
  /** Reads the tenants again and replaces the children one by one; a reload that fails changes nothing. */
  reload(): Promise<void>;
  /** Drains the children, by the configured deadline. */
  readonly drain: StopStep;
  /** Steps that close everything else, in this order. */
  readonly closeSteps: readonly StopStep[];
}

/** Wires the primary: supervision of children, aggregation of their metrics, watchers. */
export function createPrimary(options: PrimaryOptions): Primary {
  const { config, log } = options;
  const failFastQueue = openFailFastQueue(options.redisUrl);
  const reader = createQueueReader(failFastQueue);
  const watcher = createQueueWatcher(reader);
  const deferredJobs = createDeferredJobs(failFastQueue);
  const deferred = createLatestReading(() => deferredJobs.summary());
  const eviction = createLatestReading(() => reader.evictionPolicy());
  const modelFailures = createLatestReading(() => readModelFailure(failFastQueue));
  const usesModels = config.llmBaseUrl !== undefined;
  const modelFailure = async () => (usesModels ? modelFailures.current(redisMaxAgeMs) : undefined);

  const monitoring = createPrimaryMonitoring({
    staleAfterMs: config.childStaleMs,
    maxLabelSets: config.metricsMaxLabelSets,
    scrapeTimeoutMs: config.scrapeTimeoutMs,
    readQueue: () => watcher.current(),
    activeWorkers: () => supervisor.activeWorkers(),
    childStates: () => supervisor.childCounts(),
    stateReasons: () => stateWatch.reasons,
    onDrop: (reason, metric, detail) => log.warn({ reason, metric }, `not in the metrics: ${detail}`),
    onError: (error) => log.warn({ err: error }, 'a metric of the primary could not be collected'),
  });

  const recovery = createJobRecovery(failFastQueue);
  const leases = createLeases(recovery, log);
  const stopClockWatch = watchClock({ recovery, log });
  const stopAuditWatch = watchAuditTrail({ trail: createAuditTrail(failFastQueue), log });
  const departedTenants = createDepartedTenants({
    series: monitoring,
    jobs: createTenantJobs(failFastQueue),
    configured: idsOf(options.setup),
    log,
  });

  const reloader = createReloader({
    setup: options.setup,
    readSetup: options.readSetup,
    supervisor: () => supervisor,
    async onReloaded(now) {
      log.level = now.logLevel;
      departedTenants.reloaded(idsOf(now));
      log.info({ tenants: now.tenants.length }, 'reloaded: tenants read anew, all children replaced');
      await promoteDeferred(recovery, log);
    },
    onRolledBack: () => promoteDeferred(recovery, log),
    log,
  });

  const supervisor = createSupervisor({
    processes: { http: config.httpProcesses, worker: config.workerProcesses },
    hungMs: config.childHungMs,
    drainDeadlineMs: config.shutdownTimeoutMs,
    redisUrl: options.redisUrl,
    lifeline: options.lifeline,
    configuration: reloader.configuration,
    reports: { ageMs: monitoring.reportAgeMs, staleMs: config.childStaleMs },
    log,
    onRestart: monitoring.childRestarted,
    jobStarted: leases.started,
    jobLeft: leases.left,
    jobEnded: leases.ended,
    onChildEnded: leases.release,
  });

  const stateWatch = watchState({
    facts: createFactReader({
      children: () => supervisor.status(),
      async queue() {
        await watcher.probed();
        return watcher.current(redisMaxAgeMs);
      },
      isRedisEmbedded: () => options.lifeline() !== undefined,
      redisProblem: () => watcher.problem,
      evictionPolicy: () => eviction.current(settingsMaxAgeMs),
      embeddedRedisProblem: options.embeddedRedisProblem,
      deferredJobs: async () => (await deferred.current(deferredMaxAgeMs))?.groups,
      modelFailure,
      failedReload: () => reloader.failed,
      tenants: () => reloader.setup.tenants,
      values: (name) => monitoring.registry.values(name),
      distributions: (name) => monitoring.registry.distributions(name),
    }),
    log,
  });
  const readiness = async () => readinessOf(await stateWatch.current());

  const status = createStatusReader({
    version,
    configuration: () => reloader.setup.config,
    queuePage: config.adminToken !== undefined,
    children: () => supervisor.status(),
    state: stateWatch.current,
    tenants: () => reloader.setup.tenants,
    figures: monitoring.figures,
    watcher,
    reader,
    deferred: () => deferred.current(deferredMaxAgeMs),
    modelFailure: usesModels ? modelFailure : undefined,
    latestNotes: options.latestNotes,
  });
  const stopping = new AbortController();

  return {
    scrape: monitoring.scrape,
    readiness,
    status,
    queue: failFastQueue,
    start: () => supervisor.start(),
    async whenReady() {
      await untilAnnounced({
        readiness,
        allChildrenReady: () => supervisor.status().every(({ state }) => state === 'ready'),
        stopping: stopping.signal,
        log,
      });
      void promoteDeferred(recovery, log);
    },
    reload: reloader.reload,
    drain: {
      name: 'children',
      withinMs: config.shutdownTimeoutMs + childrenGraceMs,
      run() {
        stopping.abort();
        stateWatch.stop();
        reloader.stop();
        return supervisor.drain(config.shutdownTimeoutMs);
      },
    },
    closeSteps: [
      { name: 'queue watcher', run: () => watcher.stop() },
      { name: 'departed tenants', run: () => departedTenants.stop() },
      { name: 'clock watch', run: stopClockWatch },
      { name: 'audit watch', run: stopAuditWatch },
      { name: 'queue connection', run: () => failFastQueue.close() },
      { name: 'metrics registry', run: () => monitoring.registry.close() },
    ],
  };
}

/** Maximum age of a reading of deferred jobs, which costs more than one of the queue. Milliseconds. */
const deferredMaxAgeMs = 3000;
/** The same for the settings of Redis, which only an operator changes. Milliseconds. */
const settingsMaxAgeMs = 10_000;

/** How much longer than the drain the step may take: children that do not end by the deadline are killed. Milliseconds. */
const childrenGraceMs = 2000;

/** Runs deferred jobs: they may wait for a tenant, credential or release that the children have now. */
async function promoteDeferred(recovery: JobRecovery, log: Logger): Promise<void> {
  try {
    const jobs = await recovery.promoteDeferred();
    if (jobs > 0) log.info({ jobs }, 'deferred jobs run again');
  } catch (error) {
    log.warn({ err: error }, 'deferred jobs were not promoted; they run when they are due');
  }
}

function idsOf({ tenants }: Setup): string[] {
  return tenants.map(({ id }) => id);
}

import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import type { publicConfig } from '../config/public-config.js';
import { version } from '../config/version.js';
import type { Logger } from '../logging/logger.js';
import { createPrimaryMonitoring, type PrimaryMonitoring } from '../telemetry/primary-monitoring.js';
import { createDeferredJobs } from '../queue/deferred-jobs.js';
import { createJobRecovery } from '../queue/job-recovery.js';
import { readModelFailure } from '../queue/model-failure.js';
import { openFailFastQueue, type FailFastQueue } from '../redis/fail-fast-queue.js';
import { createQueueReader } from '../queue/queue-reader.js';
import { createTenantJobs } from '../queue/tenant-jobs.js';
import type { StopStep } from '../shutdown.js';
import { watchClock } from './clock-watch.js';
import { createDepartedTenants } from './departed-tenants.js';
import { createLatestReading } from './latest-reading.js';
import { createLeases } from './leases.js';
import { createQueueWatcher } from './queue-watcher.js';
import { type Readiness, readinessOf } from './readiness.js';
import { createReloader } from './reloader.js';
import { createFactReader } from './state-facts.js';
import { watchState } from './state-watch.js';
import type { LatestNote, Status } from './status.js';
import { createStatusReader, type TenantSummary } from './status-reader.js';
import { createSupervisor } from './supervisor.js';

/** What a start and each reload read. */
export interface Setup {
  /** As it may be shown. */
  readonly config: ReturnType<typeof publicConfig>;
  /** Of the primary, too: its log follows a reload. */
  readonly logLevel: Config['logLevel'];
  /** This service's environment variables, those of `.env` included, for its children. */
  readonly variables: Readonly<Record<string, string>>;
  /** The tenants as configured, for its children. */
  readonly document: unknown;
  readonly tenants: readonly TenantSummary[];
}

export interface PrimaryOptions {
  readonly config: Config;
  readonly redisUrl: string;
  readonly lifeline: () => Socket | undefined;
  readonly setup: Setup;
  /** Reads and validates it again. @throws when it is not valid */
  readonly readSetup: () => Setup;
  /** A sentence about a problem of the embedded Redis; undefined: there is none, or no embedded Redis. */
  readonly embeddedRedisProblem?: () => string | undefined;
  /** Of the local desk, newest first. */
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
  /**
   * Resolves when Redis answers and all children serve, or some seconds after each role has a child that serves: one slow
   * child must not delay the announcement.
   */
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
  const clockWatch = watchClock({ recovery, log });
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
      await promoteDeferred();
    },
    onRolledBack: () => promoteDeferred(),
    log,
  });

  /** Deferred jobs may wait for a tenant, credential or release that the children have now. */
  const promoteDeferred = async (): Promise<void> => {
    try {
      const jobs = await recovery.promoteDeferred();
      if (jobs > 0) log.info({ jobs }, 'deferred jobs run again');
    } catch (error) {
      log.warn({ err: error }, 'deferred jobs were not promoted; they run when they are due');
    }
  };

  const supervisor = createSupervisor({
    processes: { http: config.httpProcesses, worker: config.workerProcesses },
    staleMs: config.childStaleMs,
    hungMs: config.childHungMs,
    drainDeadlineMs: config.shutdownTimeoutMs,
    redisUrl: options.redisUrl,
    lifeline: options.lifeline,
    configuration: reloader.configuration,
    reports: { ageMs: monitoring.reportAgeMs },
    log,
    onRestart: monitoring.childRestarted,
    onJobStarted: leases.started,
    onJobLeft: leases.left,
    onJobEnded: leases.ended,
    onChildEnded: leases.release,
  });

  const stateWatch = watchState({
    facts: createFactReader({
      children: () => supervisor.status(),
      async queue() {
        await watcher.probed();
        return watcher.current(redisRestMs);
      },
      redisProblem: () => watcher.problem,
      evictionPolicy: () => eviction.current(settingsRestMs),
      embeddedRedisProblem: () => options.embeddedRedisProblem?.(),
      deferredJobs: async () => (await deferred.current(deferredRestMs))?.groups,
      failedReload: () => reloader.failed,
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
    deferred: () => deferred.current(deferredRestMs),
    modelFailure: config.llmBaseUrl === undefined ? undefined : () => readModelFailure(failFastQueue),
    latestNotes: options.latestNotes,
  });
  let stopping = false;

  return {
    scrape: monitoring.scrape,
    readiness,
    status,
    queue: failFastQueue,
    start: () => supervisor.start(),
    async whenReady() {
      let said = '';
      const startedMs = performance.now();
      for (let readySinceMs = Number.POSITIVE_INFINITY; ; await sleep(readyPollMs)) {
        const { ready, reasons } = await readiness();
        if (stopping) continue; // the end of the process is near
        if (!ready) {
          // For an operator at a terminal: without this line a slow start shows nothing.
          const why = reasons.join(' ');
          if (why !== said && performance.now() - startedMs > patienceMs) log.warn(`not ready yet: ${why}`);
          if (performance.now() - startedMs > patienceMs) said = why;
          continue;
        }
        readySinceMs = Math.min(readySinceMs, performance.now());
        const all = supervisor.status().every(({ state }) => state === 'ready');
        if (all || performance.now() - readySinceMs > stragglersMs) {
          void promoteDeferred();
          return;
        }
      }
    },
    reload: reloader.reload,
    drain: {
      name: 'children',
      withinMs: config.shutdownTimeoutMs + childrenGraceMs,
      run() {
        stopping = true;
        stateWatch.stop();
        reloader.stop();
        return supervisor.drain(config.shutdownTimeoutMs);
      },
    },
    closeSteps: [
      { name: 'queue watcher', withinMs: closeWithinMs, run: () => watcher.stop() },
      { name: 'departed tenants', withinMs: closeWithinMs, run: () => departedTenants.stop() },
      { name: 'clock watch', withinMs: closeWithinMs, run: () => clockWatch.stop() },
      { name: 'queue connection', withinMs: closeWithinMs, run: () => failFastQueue.close() },
      { name: 'metrics registry', withinMs: closeWithinMs, run: () => monitoring.registry.close() },
    ],
  };
}

/** Maximum age of a reading of the queue: Redis is read once a second, however many clients ask. Milliseconds. */
const redisRestMs = 900;
/** The same for deferred jobs, of which there may be many. Milliseconds. */
const deferredRestMs = 3000;
/** The same for the settings of Redis, which an operator changes. */
const settingsRestMs = 10_000;

const readyPollMs = 50;
/** How long a start may take before the log says why. Milliseconds. */
const patienceMs = 3000;
const stragglersMs = 10_000;
/** Above the time after which a child that does not end by its drain's deadline is killed. */
const childrenGraceMs = 2000;
const closeWithinMs = 1000;

function idsOf({ tenants }: Setup): string[] {
  return tenants.map(({ id }) => id);
}

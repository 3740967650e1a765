import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Registry, register } from 'prom-client';
import {
  ClusterRegistry,
  createInstruments,
  createScrapeHandler,
  type DropReason,
  defineMetrics,
} from '../cluster-metrics/prom-client.js';
import { type Figures, readFigures } from './figures.js';
import {
  type ChildState,
  catalog,
  childStates,
  type JobState,
  jobStates,
  type MetricName,
  queueLabel,
  type RestartReason,
  restartReasons,
  type Role,
  roles,
  type StateReason,
  stateReasons,
  workerType,
} from './catalog.js';
import { collectProcessMetrics } from './process-metrics.js';

type ChildRole = Exclude<Role, 'primary'>;

export interface QueueReading {
  readonly counts: Readonly<Record<JobState, number>>;
  readonly depth: number;
  /** 0 when no job waits. */
  readonly oldestJobAgeSeconds: number;
}

export interface PrimaryMonitoringOptions {
  /** CHILD_STALE_MS */
  readonly staleAfterMs: number;
  /** METRICS_MAX_LABEL_SETS */
  readonly maxLabelSets: number;
  /** SCRAPE_TIMEOUT_MS */
  readonly scrapeTimeoutMs: number;
  /** The current queue; must resolve in time for a scrape. Undefined: it has not been readable for 30 s. */
  readonly readQueue: () => Promise<QueueReading | undefined>;
  /** Live, responsive worker children. */
  readonly activeWorkers: () => number;
  readonly childStates: () => Readonly<Record<ChildRole, Readonly<Record<ChildState, number>>>>;
  /** Why the service is degraded or unready. */
  readonly stateReasons: () => ReadonlySet<StateReason>;
  readonly onDrop: (reason: DropReason, metric: string, detail: string) => void;
  readonly onError: (error: unknown) => void;
  /** Of the primary's process. Default: prom-client's, where other libraries register theirs. */
  readonly registry?: Registry;
}

export interface PrimaryMonitoring {
  readonly registry: ClusterRegistry;
  /** Answers `/metrics`. */
  readonly scrape: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  childRestarted(role: ChildRole, reason: RestartReason): void;
  /** Milliseconds since the last report of this child, by the id of node:cluster; undefined: it has not reported yet. */
  reportAgeMs(workerId: number): number | undefined;
  figures(): Figures;
  /** Tenants that have series, configured or not. */
  shownTenants(): ReadonlySet<string>;
  /** Hides the tenants' series and keeps their totals. The next event of a series shows it again. */
  retireTenants(tenantIds: readonly string[]): void;
  restoreTenants(tenantIds: readonly string[]): void;
}

/** The primary's own metrics; all others come from the children or the cluster's core. */
const primaryMetrics = defineMetrics({
  queue_depth: catalog.queue_depth,
  queue_jobs: catalog.queue_jobs,
  queue_oldest_job_age_seconds: catalog.queue_oldest_job_age_seconds,
  worker_active_count: catalog.worker_active_count,
  cluster_children: catalog.cluster_children,
  cluster_child_restarts_total: catalog.cluster_child_restarts_total,
  service_degraded: catalog.service_degraded,
});

/** Metrics of which each tenant has a series: the first after its first job, and before that the second if it is not configured. */
const inEveryTenant: readonly MetricName[] = ['enhancement_requests_total', 'enhancement_deferrals_total'];

const childRoles = roles.filter((role) => role !== 'primary');
const queue_name = queueLabel;
/**
 * Maximum age of the figures of processes on the status page if nothing scrapes. Longer than the longest usual scrape interval,
 * two minutes, so that the page does not collect between scrapes. Milliseconds.
 */
const pageCollectMs = 150_000;

/** Must be called before the first fork: reports of children that were forked before are lost. */
export function createPrimaryMonitoring(options: PrimaryMonitoringOptions): PrimaryMonitoring {
  const own = options.registry ?? register;
  const registry = new ClusterRegistry({
    registries: [own],
    staleAfterMs: options.staleAfterMs,
    maxLabelSets: options.maxLabelSets,
    collectTimeoutMs: options.scrapeTimeoutMs / 2,
    beforeScrape: async () => {
      noteChildren();
      noteState();
      noteQueue(await options.readQueue());
    },
    onDrop: options.onDrop,
    onError: options.onError,
  });
  const metrics = createInstruments(primaryMetrics, registry, registry.tracker);
  collectProcessMetrics(own, 'primary', 0);
  // Starts at zero, so that Prometheus sees the first restart as an increase.
  for (const role of childRoles) {
    for (const reason of restartReasons) metrics.cluster_child_restarts_total.with({ role, reason });
  }

  const noteChildren = (): void => {
    metrics.worker_active_count.with({ worker_type: workerType }).set(options.activeWorkers());
    const states = options.childStates();
    for (const role of childRoles) {
      for (const state of childStates) metrics.cluster_children.with({ role, state }).set(states[role][state]);
    }
  };

  const noteState = (): void => {
    const reasons = options.stateReasons();
    for (const reason of stateReasons) metrics.service_degraded.with({ reason }).set(reasons.has(reason) ? 1 : 0);
  };

  const noteQueue = (reading: QueueReading | undefined): void => {
    if (reading === undefined) {
      // No figure is shown instead of an old one.
      metrics.queue_depth.remove({ queue_name });
      metrics.queue_oldest_job_age_seconds.remove({ queue_name });
      for (const state of jobStates) metrics.queue_jobs.remove({ queue_name, state });
      return;
    }
    const { counts, depth } = reading;
    metrics.queue_depth.with({ queue_name }).set(depth);
    metrics.queue_oldest_job_age_seconds.with({ queue_name }).set(reading.oldestJobAgeSeconds);
    for (const state of jobStates) metrics.queue_jobs.with({ queue_name, state }).set(counts[state]);
  };

  return {
    registry,
    scrape: createScrapeHandler(registry, { timeoutMs: options.scrapeTimeoutMs }),
    childRestarted: (role, reason) => metrics.cluster_child_restarts_total.with({ role, reason }).inc(),
    reportAgeMs: (workerId) => registry.report(workerId)?.ageMs,
    figures() {
      // So that the page has figures of processes even if nothing scrapes.
      void registry.collect({ olderThanMs: pageCollectMs });
      return readFigures(registry);
    },
    shownTenants: () =>
      new Set(inEveryTenant.flatMap((name) => registry.values(name)).map(({ labels }) => labels['tenant_id'] ?? '')),
    retireTenants: (tenantIds) => registry.retireSeries({ tenant_id: tenantIds }),
    restoreTenants: (tenantIds) => registry.restoreSeries({ tenant_id: tenantIds }),
  };
}

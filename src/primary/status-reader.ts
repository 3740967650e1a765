import type { Figures } from '../telemetry/figures.js';
import { latencySeconds, slo } from '../telemetry/objectives.js';
import type { DeferredSummary } from '../queue/deferred-jobs.js';
import type { ModelFailure } from '../queue/model-failure.js';
import type { QueueReader } from '../queue/queue-reader.js';
import { createLatestReading } from './watchers/latest-reading.js';
import type { QueueWatcher } from './watchers/queue-watcher.js';
import { readinessOf } from './state/readiness.js';
import type { ServiceState } from './state/service-state.js';
import type { ChildStatus } from './children/child-status.js';
import type { LatestNote, Status } from './status.js';

export interface TenantSummary {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly localDesk: boolean;
}

export interface StatusSources {
  readonly version: string;
  readonly configuration: () => Status['configuration'];
  readonly queuePage: boolean;
  readonly state: () => Promise<ServiceState>;
  readonly children: () => readonly ChildStatus[];
  readonly tenants: () => readonly TenantSummary[];
  readonly figures: () => Figures;
  readonly watcher: Pick<QueueWatcher, 'current' | 'history'>;
  readonly reader: Pick<QueueReader, 'failed'>;
  /** Undefined: it cannot be read. */
  readonly deferred: () => Promise<DeferredSummary | undefined>;
  /** The latest failure of a language model; undefined: no language model is configured. */
  readonly modelFailure: (() => Promise<ModelFailure | undefined>) | undefined;
  /** The latest notes of the local desk, newest first. */
  readonly latestNotes: (limit: number) => Promise<readonly LatestNote[]>;
}

/** Maximum age of a reading of Redis, so that it is read once a second, however many clients there are. Milliseconds. */
export const redisMaxAgeMs = 900;
const failedJobsShown = 20;
/** Notes of tenants that no longer use the local desk are read, and not shown. */
const notesRead = 50;
const notesShown = 10;

/** Composes the status from the primary's own state; no child is asked. */
export function createStatusReader(sources: StatusSources): () => Promise<Status> {
  const startedMs = performance.now();
  const failedJobs = createLatestReading(() => sources.reader.failed(failedJobsShown));
  const notes = createLatestReading(() => sources.latestNotes(notesRead));

  return async () => {
    const tenants = sources.tenants();
    const atLocalDesk = new Set(tenants.flatMap(({ id, localDesk }) => (localDesk ? [id] : [])));
    const [state, queue, failed, deferred, modelFailure, latest] = await Promise.all([
      sources.state(),
      sources.watcher.current(redisMaxAgeMs),
      failedJobs.current(redisMaxAgeMs),
      sources.deferred(),
      sources.modelFailure?.(),
      atLocalDesk.size === 0 ? undefined : notes.current(redisMaxAgeMs),
    ]);
    const children = sources.children();
    const figures = sources.figures();
    return {
      asOf: new Date().toISOString(),
      version: sources.version,
      pid: process.pid,
      uptimeSeconds: Math.round((performance.now() - startedMs) / 1000),
      ...state,
      readiness: readinessOf(state),
      children: children.map((child) => ({
        ...child,
        // The last report of a silent child is not its current state.
        ...(child.state === 'ready' || child.state === 'draining' ? figures.process(child.role, child.slot) : {}),
      })),
      queue: queue ?? null,
      depthHistory: sources.watcher.history.points(Date.now()),
      failedJobs: failed ?? [],
      deferred: {
        groups: (deferred?.groups ?? []).map(({ nextAtMs, sinceMs, ...group }) => ({
          ...group,
          since: new Date(sinceMs).toISOString(),
          nextAt: new Date(nextAtMs).toISOString(),
        })),
        isLowerBound: deferred?.isLowerBound ?? false,
      },
      objectives: {
        successPercent: slo.success * 100,
        latencyPercent: slo.latency * 100,
        latencySeconds: latencySeconds.ticket,
      },
      tenants: tenants.map(({ id, name, active }) => ({ id, name, active, ...figures.tenant(id) })),
      ...(sources.modelFailure && { models: { ...figures.models(), ...lastFailureOf(modelFailure) } }),
      latestNotes:
        atLocalDesk.size === 0
          ? null
          : (latest ?? []).filter(({ tenantId }) => atLocalDesk.has(tenantId)).slice(0, notesShown),
      queuePage: sources.queuePage,
      configuration: sources.configuration(),
    };
  };
}

function lastFailureOf(failure: ModelFailure | undefined): Pick<NonNullable<Status['models']>, 'lastFailure'> {
  if (failure === undefined) return {};
  const { atMs, ...rest } = failure;
  return { lastFailure: { ...rest, at: new Date(atMs).toISOString() } };
}

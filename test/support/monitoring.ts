import cluster from 'node:cluster';
import { Registry } from 'prom-client';
import { type ChildMonitoring, startChildMonitoring } from '../../src/telemetry/child-monitoring.js';
import {
  createPrimaryMonitoring,
  type PrimaryMonitoring,
  type PrimaryMonitoringOptions,
} from '../../src/telemetry/primary-monitoring.js';
import { clusterChannel } from './cluster-link.js';
import { eachTest, forTest } from './opened.js';

/** What the primary and its children measure, all of it in this process. */

const states = { starting: 0, ready: 2, draining: 0, stale: 0, incompatible: 0, backoff: 0 };

export function openPrimaryMonitoring(own: Partial<PrimaryMonitoringOptions> = {}): Promise<PrimaryMonitoring> {
  const monitoring = createPrimaryMonitoring({
    staleAfterMs: 5000,
    maxLabelSets: 10_000,
    scrapeTimeoutMs: 2000,
    readQueue: async () => undefined,
    activeWorkers: () => 2,
    childStates: () => ({ http: states, worker: states }),
    stateReasons: () => new Set(),
    onDrop: () => undefined,
    onError: () => undefined,
    registry: new Registry(),
    ...own,
  });
  return forTest(monitoring, ({ registry }) => registry.close());
}

export const primaryMonitoringOfTest = (own?: Partial<PrimaryMonitoringOptions>): PrimaryMonitoring =>
  eachTest(
    () => openPrimaryMonitoring(own),
    () => undefined,
  );

export interface MonitoredChild extends ChildMonitoring {
  /** Reports what is left, and ends. */
  end(): Promise<void>;
}

let nextId = 100;

export function monitoredChild(role: 'http' | 'worker', slot: number, tenantIds: readonly string[]): MonitoredChild {
  const id = nextId++;
  const monitoring = startChildMonitoring({
    role,
    slot,
    instance: 'this run',
    tenantIds,
    onError: () => undefined,
    registry: new Registry(),
    channel: clusterChannel(id),
  });
  return {
    ...monitoring,
    async end() {
      await monitoring.stop();
      cluster.emit('disconnect', { id });
    },
  };
}

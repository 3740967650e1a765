import { type ClusterRegistry, type Distribution, quantile, type Reading } from '../cluster-metrics/prom-client.js';
import type { SynthesisMode } from '../enhancement/vocabulary.js';
import { type MetricName, type RequestStatus, type Role } from './catalog.js';

/** Figures of one tenant since the primary started. */
export interface TenantFigures {
  readonly requests: Readonly<Record<RequestStatus, number>>;
  /** Of the last five minutes, in percent; undefined: no job ended in them. */
  readonly successRate: number | undefined;
  /** Seconds from the webhook to the note, of jobs that succeeded; undefined: none has yet. */
  readonly durationSeconds: { readonly p50: number; readonly p95: number; readonly p99: number } | undefined;
}

/** Figures of one process, from its last report. */
export interface ProcessFigures {
  /** 99th percentile of the delay of its event loop since the previous report. */
  readonly loopLagP99Seconds: number | undefined;
  readonly residentMemoryBytes: number | undefined;
}

/** Figures of all language models since the primary started. */
export interface ModelFigures {
  readonly notes: Readonly<Record<SynthesisMode, number>>;
  readonly refusals: readonly { readonly model: string; readonly parameter: string; readonly count: number }[];
  readonly repairs: readonly { readonly model: string; readonly outcome: string; readonly count: number }[];
}

/** Figures of one moment, by tenant and process. */
export interface Figures {
  tenant(tenantId: string): TenantFigures;
  process(role: Role, slot: number): ProcessFigures;
  models(): ModelFigures;
}

/** Reads the figures of the status page from the totals: the same numbers as in `/metrics`. */
export function readFigures(registry: Pick<ClusterRegistry, 'values' | 'distributions'>): Figures {
  const values = (name: MetricName | NodeMetric) => registry.values(name);
  const ofOutcome = ({ labels }: Pick<Reading, 'labels'>): string => key(labels['tenant_id'], labels['status']);
  const requests = byKey(values('enhancement_requests_total'), ofOutcome);
  const rates = byKey(values('enhancement_success_rate'), ({ labels }) => key(labels['tenant_id']));
  const durations = byKey(registry.distributions('enhancement_duration_seconds' satisfies MetricName), ofOutcome);
  const ofProcess = ({ labels }: Reading): string => key(labels['role'], labels['slot']);
  const lags = byKey(values('nodejs_eventloop_lag_p99_seconds'), ofProcess);
  const memory = byKey(values('process_resident_memory_bytes'), ofProcess);

  return {
    tenant: (tenantId) => ({
      requests: countsOf((status) => requests.get(key(tenantId, status))?.value ?? 0),
      successRate: rates.get(key(tenantId))?.value,
      durationSeconds: quantilesOf(durations.get(key(tenantId, 'success'))),
    }),
    process: (role, slot) => ({
      loopLagP99Seconds: lags.get(key(role, String(slot)))?.value,
      residentMemoryBytes: memory.get(key(role, String(slot)))?.value,
    }),
    models() {
      const notes = summed(values('enhancement_synthesis_total'), 'mode');
      const refusals = byModel(values('llm_refusals_total'), 'parameter');
      const repairs = byModel(values('llm_repairs_total'), 'outcome');
      return {
        notes: {
          llm: notes.get('llm') ?? 0,
          extractive: notes.get('extractive') ?? 0,
          fallback: notes.get('fallback') ?? 0,
          none: notes.get('none') ?? 0,
        },
        refusals: refusals.map(([model, parameter, count]) => ({ model, parameter, count })),
        repairs: repairs.map(([model, outcome, count]) => ({ model, outcome, count })),
      };
    },
  };
}

/** Sums of the readings by the values of one label, over all tenants. */
function summed(readings: readonly Reading[], label: string): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { labels, value } of readings) {
    const name = labels[label] ?? '';
    sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return sums;
}

function byModel(readings: readonly Reading[], label: string): [model: string, value: string, count: number][] {
  const modelOf = ({ labels }: Reading): string => labels['model'] ?? '';
  return [...new Set(readings.map(modelOf))].flatMap((model) => {
    const counts = summed(
      readings.filter((reading) => modelOf(reading) === model),
      label,
    );
    return Array.from(counts, ([value, count]): [string, string, number] => [model, value, count]);
  });
}

/** Default metrics of prom-client. */
type NodeMetric = 'nodejs_eventloop_lag_p99_seconds' | 'process_resident_memory_bytes';

/** No value of these labels contains a space. */
function key(...labels: readonly (string | undefined)[]): string {
  return labels.join(' ');
}

function byKey<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T> {
  return new Map(all.map((one) => [keyOf(one), one]));
}

function countsOf(count: (status: RequestStatus) => number): Record<RequestStatus, number> {
  return {
    received: count('received'),
    queued: count('queued'),
    rejected: count('rejected'),
    success: count('success'),
    failure: count('failure'),
    pending: count('pending'),
  };
}

function quantilesOf(distribution: Distribution | undefined): TenantFigures['durationSeconds'] {
  if (distribution === undefined) return undefined;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantile(q, distribution));
  return p50 === undefined || p95 === undefined || p99 === undefined ? undefined : { p50, p95, p99 };
}

import type { Metric } from 'prom-client';
import { ClusterMetricsError } from '../wire/errors.js';

/**
 * The border to prom-client 15: what of a metric object the change tracking rests on. Everything that knows
 * prom-client's insides is in this file and in `tracked-metric.ts`, so that another version, or its successor, is a
 * change of two files.
 */

export interface PromExemplar {
  readonly labelSet: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Epoch seconds. */
  readonly timestamp: number;
}

/** One label set of a metric, as prom-client keeps it. Which fields are there depends on the metric's type. */
export interface PromEntry {
  labels: Readonly<Record<string, string | number | undefined>>;
  /** Of a counter or a gauge. */
  value: number;
  /** The rest is a histogram's or a summary's. */
  sum: number;
  count: number;
  /** Upper bound -> observations in that bucket alone (not cumulative). */
  bucketValues: Record<string, number>;
  exemplar?: PromExemplar;
  bucketExemplars?: Record<string, PromExemplar | null>;
}

/** A label set at zero, as prom-client would have made it at the first update. */
export function emptyEntry(
  type: PromMetricType,
  labels: PromEntry['labels'],
  bucketKeys: readonly string[],
): PromEntry {
  const fields: Partial<PromEntry> =
    type === 'counter' || type === 'gauge'
      ? { labels, value: 0 }
      : { labels, bucketValues: Object.fromEntries(bucketKeys.map((key) => [key, 0])), sum: 0, count: 0 };
  return fields as PromEntry;
}

export type PromMetricType = 'counter' | 'gauge' | 'histogram' | 'summary';

export interface PromMetric {
  readonly name: string;
  readonly help: string;
  readonly type: PromMetricType;
  readonly labelNames: readonly string[];
  readonly aggregator?: unknown;
  readonly upperBounds?: readonly number[];
  readonly collect?: () => unknown;
  /** Not prom-client's: what a definition of ours declares (see definition.ts); config keys land on the instance. */
  readonly mergeRule?: unknown;
  readonly retention?: unknown;
  /** Hash of a label set -> its entry. */
  hashMap: Record<string, PromEntry>;
  reset(): void;
  remove(...labels: unknown[]): unknown;
}

const types: readonly unknown[] = ['counter', 'gauge', 'histogram', 'summary'];

function isPromMetric(metric: object): metric is PromMetric {
  const m: Partial<Record<keyof PromMetric, unknown>> = metric;
  return (
    typeof m.name === 'string' &&
    types.includes(m.type) &&
    Array.isArray(m.labelNames) &&
    typeof m.hashMap === 'object' &&
    typeof m.reset === 'function' &&
    typeof m.remove === 'function'
  );
}

/** @throws {ClusterMetricsError} UNSUPPORTED_METRIC when the object is not a metric of prom-client 15 */
export function asPromMetric(metric: Metric | object): PromMetric {
  if (isPromMetric(metric)) return metric;
  const name = 'name' in metric ? String(metric.name) : 'a metric';
  throw new ClusterMetricsError(
    'UNSUPPORTED_METRIC',
    `${name} is not a counter, gauge, histogram or summary of prom-client 15, so its changes cannot be followed. ` +
      'Use the prom-client version that this package depends on.',
  );
}

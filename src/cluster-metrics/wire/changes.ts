/**
 * What one process has to say since it last said something. Metrics and series are introduced once, under small
 * integers that are the reporter's own; after that only numbers travel, in flat arrays, because those are what both of
 * Node's IPC serializations move fastest.
 * Must not know: either side.
 */
import type { MergeRule, Retention } from './definition.js';

export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary';

export interface MetricIntroduction {
  readonly id: number;
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labelNames: readonly string[];
  /** Labels that all of its series have in this process, besides their own. */
  readonly constantLabels?: Readonly<Record<string, string>>;
  readonly merge: MergeRule;
  readonly retention: Retention;
  /** Upper bounds of a histogram's finite buckets. */
  readonly buckets?: readonly number[];
  /** Of a `ratio` gauge. */
  readonly windowSeconds?: number;
  readonly scale?: number;
}

/** Series id, metric id, one label value for each of the metric's label names. */
export type SeriesIntroduction = readonly [series: number, metric: number, labelValues: readonly string[]];

/** Series id, index of the bucket (-1: no bucket, it belongs to a counter), labels, value, epoch seconds. */
export type ExemplarReport = readonly [
  series: number,
  bucket: number,
  labels: Readonly<Record<string, string>>,
  value: number,
  timestamp: number,
];

/** Why a label set is not in the aggregate; the vocabulary of `cluster_series_dropped_total`. */
export type DropReason =
  | 'max_label_sets'
  | 'conflicting_definition'
  | 'invalid_label_value'
  | 'unknown_aggregator'
  | 'unsupported_metric'
  | 'invalid_exemplar'
  | 'protocol';

/** JSON knows no NaN and no infinities, and turns them into null: they travel as words. */
export type WireNumber = number | 'NaN' | 'Infinity' | '-Infinity';

export interface Changes {
  metrics?: MetricIntroduction[];
  series?: SeriesIntroduction[];
  /** Pairs of series id and increment. */
  counters?: number[];
  /** Runs of series id, increment of the sum, increment of the count, number n of pairs, then n x (bucket, increment). */
  histograms?: number[];
  /** Pairs of series id and value. */
  gauges?: (number | WireNumber)[];
  /** Triples of series id, new hits, new trials. */
  ratios?: number[];
  exemplars?: ExemplarReport[];
  /** Ids of series that were removed on purpose. */
  removed?: number[];
  /** Ids of metrics that this process has no longer. */
  forgotten?: number[];
  dropped?: [reason: DropReason, metric: string, detail: string][];
}

export function toWire(value: number): WireNumber {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

export function fromWire(value: number | string): number {
  return typeof value === 'number' ? value : Number(value);
}

/** What of some changes is needed to understand later ones, without the numbers. */
export function introductionsOf({ metrics, series, removed, forgotten }: Changes): Changes {
  return {
    ...(metrics ? { metrics } : {}),
    ...(series ? { series } : {}),
    ...(removed ? { removed } : {}),
    ...(forgotten ? { forgotten } : {}),
  };
}

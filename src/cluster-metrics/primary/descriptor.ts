/**
 * What all series of one metric have in common.
 *
 * Must not know: the series.
 */
import type { MetricType } from '../wire/changes.js';
import type { Retention } from '../wire/definition.js';

export interface Descriptor {
  readonly name: string;
  /** OpenMetrics names a counter's family without the `_total` of its samples. */
  readonly baseName: string;
  readonly type: MetricType;
  /** `unknown` when another family has this counter's base name: OpenMetrics has room for one. */
  readonly openMetricsType: MetricType | 'unknown';
  readonly retention: Retention;
  /** Upper bounds of a histogram's finite buckets, and the same as printed. */
  readonly buckets: readonly number[];
  readonly bucketLabels: readonly string[];
  /** Of a ratio gauge. */
  readonly windowSeconds: number;
  readonly scale: number;
  /** Whether OpenMetrics gets `_created` lines. */
  readonly created: boolean;
}

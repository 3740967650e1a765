import type { Distribution, Reading } from '../../cluster-metrics/index.js';
import type { MetricName } from '../../telemetry/catalog.js';

/** The current totals of the cluster's metrics. */
export interface MetricTotals {
  /** The series of a metric. */
  readonly values: (name: MetricName) => readonly Reading[];
  /** The series of a histogram. */
  readonly distributions: (name: MetricName) => readonly Distribution[];
}

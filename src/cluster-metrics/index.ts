/**
 * Exact, crash-safe aggregation of prom-client metrics over the children of a Node cluster. See docs/cluster-metrics.md.
 */
export { ChangeTracker, type Identity } from './change-tracker.js';
export type { DropReason } from './changes.js';
export {
  type ChildReport,
  ClusterRegistry,
  type ClusterRegistryOptions,
  type ScrapeOptions,
} from './cluster-registry.js';
export * from './definition.js';
export { ClusterMetricsError, type ClusterMetricsErrorCode } from './errors.js';
export { contentTypes, type Format } from './exposition.js';
export {
  type CounterHandle,
  createInstruments,
  type ExemplarLabels,
  type GaugeHandle,
  type HistogramHandle,
  type Instrument,
  type Instruments,
  type RatioHandle,
} from './instruments.js';
export { type Distribution, quantile, type Reading } from './reading.js';
export type { Rendering } from './rendering.js';
export {
  type CommitOptions,
  type OnceOptions,
  type Reporter,
  type ReporterOptions,
  type Send,
  startReporter,
} from './reporter.js';
export { createScrapeHandler, type ScrapeHandlerOptions } from './scrape-handler.js';
export { selfMetrics } from './self-metrics.js';

/**
 * Exact, crash-safe aggregation of prom-client metrics over the children of a Node cluster. See docs/cluster-metrics.md.
 */
export { ChangeTracker } from './child/change-tracker.js';
export type { Identity } from './wire/identity.js';
export type { DropReason } from './wire/changes.js';
export {
  type ChildReport,
  ClusterRegistry,
  type ClusterRegistryOptions,
} from './cluster-registry.js';
export * from './wire/definition.js';
export { ClusterMetricsError, type ClusterMetricsErrorCode } from './wire/errors.js';
export { contentTypes, type Format } from './primary/exposition.js';
export {
  type CounterHandle,
  createInstruments,
  type ExemplarLabels,
  type GaugeHandle,
  type HistogramHandle,
  type Instrument,
  type Instruments,
  type RatioHandle,
} from './child/instruments.js';
export { type Distribution, quantile, type Reading } from './primary/reading.js';
export type { Rendering, ScrapeOptions } from './primary/rendering.js';
export {
  type CommitOptions,
  type OnceOptions,
  type Reporter,
  type ReporterOptions,
  type Send,
  startReporter,
} from './child/reporter.js';
export { createScrapeHandler, type ScrapeHandlerOptions } from './primary/scrape-handler.js';
export { selfMetrics } from './primary/self-metrics.js';

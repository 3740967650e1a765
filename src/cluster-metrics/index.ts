/**
 * Exact, crash-safe aggregation of a program's metrics over its processes: what needs no client's module. A program imports
 * `./prom-client.js` or `./prometheus-io.js`, which add what does. See docs/cluster-metrics.md.
 * Must not know: anything but what is exported.
 */
export { ChangeTracker, type ChangeTrackerOptions } from './child/following/change-tracker.js';
export type { ClientRegistry } from './child/recording/client.js';
export type { DropReason, Identity, ProcessFacts } from './wire/protocol.js';
export type { ClusterRegistryMembers, ClusterRegistryOptions } from './cluster-registry.js';
export type { ChildReport, Rendering, ScrapeOptions } from './primary/contract.js';
export * from './wire/definition.js';
export type { SocketOptions } from './wire/channels/socket-primary.js';
export type { ChannelListener, ChildChannel, ChildKind } from './wire/channels/transport.js';
export { ClusterMetricsError, type ClusterMetricsErrorCode } from './wire/errors.js';
export { contentTypes, type Format } from './primary/printing/exposition.js';
export { type Distribution, quantile, type Reading } from './primary/totals/reading.js';
export { startReporter } from './child/reporting/reporter.js';
export type { CommitOptions, OnceOptions, Reporter, ReporterOptions } from './child/reporting/reporter-contract.js';
export { createScrapeHandler, type ScrapeHandlerOptions } from './primary/scraping/scrape-handler.js';
export { selfMetrics } from './primary/self-metrics.js';

import type { durationBuckets } from './catalog.js';

/**
 * The service level objectives, from which the alerts and dashboards of `monitoring/` and the status page come. After a
 * change run `npm run docs`, which generates the rules and dashboards.
 */
export const slo = {
  /** Share of finished jobs that must succeed. */
  success: 0.99,
  /** Share of successful jobs that must be done within `latencySeconds.ticket`. */
  latency: 0.95,
  /** The period over which the error budget is spent. */
  days: 30,
} as const;

/**
 * Thresholds from which the service is degraded, over the last five minutes unless stated otherwise. Shares are from 0 to 1, and
 * count only with a minimum of events, so that one failure of two raises no alarm.
 */
export const degradedFrom = {
  /** Failed jobs of one tenant whose success rate is below `slo.success`; fewer if none succeeded. */
  failedJobs: 3,
  /** Notes that fell back to retrieval, and their share of those that a model should have written. */
  fallbackNotes: 3,
  fallbackShare: 0.1,
  /** Failures of one context source, as a share of its tenant's notes. */
  contextFailureShare: 0.1,
  /** Rejected webhooks of one tenant of which none was accepted. */
  rejectedWebhooks: 5,
  /** Restarts of one child. */
  restarts: 3,
  /** How long a child is not ready, or without Redis; longer than an ordinary restart. */
  missingMs: 3000,
  /** The same for the first start of a child, which takes long while all start on a busy machine. */
  startMs: 30_000,
} as const;

/** Latencies of the objective and of its alert. Both must be buckets of `enhancement_duration_seconds`. */
export const latencySeconds = { ticket: 60, page: 120 } as const satisfies Record<
  string,
  (typeof durationBuckets)[number]
>;

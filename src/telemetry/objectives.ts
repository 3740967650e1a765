import type { durationBuckets } from './metrics.js';

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
 * Thresholds above which the service is degraded, over the last five minutes unless stated otherwise. Shares are of 1; a
 * share counts only with a minimum of events, so that one failure of two raises no alarm.
 */
export const degradedFrom = {
  /** Jobs of one tenant that failed, with its success rate below `slo.success`; fewer if none succeeded. */
  failedJobs: 3,
  /** Notes that fell back to retrieval, and their share of those that a model should have written. */
  fallbackNotes: 3,
  fallbackShare: 0.1,
  /** Failures of one context source, as a share of its tenant's notes. */
  contextFailureShare: 0.1,
  /** Restarts of one child. */
  restarts: 3,
  /** How long a child is missing; longer than an ordinary restart. */
  missingMs: 3000,
} as const;

/** Both must be buckets of `enhancement_duration_seconds`, or the share cannot be computed. */
export const latencySeconds = { ticket: 60, page: 120 } as const satisfies Record<
  string,
  (typeof durationBuckets)[number]
>;

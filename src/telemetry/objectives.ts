import type { durationBuckets } from './metrics.js';

/**
 * What the service promises its users: the alerts and dashboards of `monitoring/` and the status page measure by it.
 * After a change run `npm run docs`, which writes the rules and dashboards anew.
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
 * From where on the service calls itself degraded, over the last five minutes where nothing else is said. Shares are of 1;
 * a share counts only with so many events behind it, so that one failure of two is no alarm.
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
  /** How long a child is missing. An ordinary restart takes less. */
  missingMs: 3000,
} as const;

/** Both must be buckets of `enhancement_duration_seconds`, or the share could not be read from it. */
export const latencySeconds = { ticket: 60, page: 120 } as const satisfies Record<
  string,
  (typeof durationBuckets)[number]
>;

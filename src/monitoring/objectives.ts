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

/** Both must be buckets of `enhancement_duration_seconds`, or the share could not be read from it. */
export const latencySeconds = { ticket: 60, page: 120 } as const satisfies Record<
  string,
  (typeof durationBuckets)[number]
>;

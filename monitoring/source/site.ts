import type { durationBuckets } from '../../src/monitoring/metrics.js';

/**
 * What a site may want to change about its alerts, in one place. After a change run `npm run docs`, which writes
 * the rules, the dashboards and the Kubernetes manifests anew, then `npm test`, which runs promtool over them.
 */
export const site = {
  /** The `job` label of every target. Two fleets that one Prometheus watches need two jobs, or their own Prometheus. */
  job: 'ticket-enhancer',
  /**
   * Put before `/<alert>.md` in every `runbook_url`. Relative to the repository by default; set it to the address at
   * which your team reads these files, for example `https://git.example/ops/ticket-enhancer/blob/main/docs/operations/runbooks`.
   */
  runbookBase: 'docs/operations/runbooks',
  slo: {
    /** Share of finished jobs that must succeed. */
    success: 0.99,
    /** Share of successful jobs that must be done within `latencySeconds.ticket`. */
    latency: 0.95,
    /** The period over which the error budget is spent. */
    days: 30,
  },
  /** Both must be buckets of `enhancement_duration_seconds`, or the share could not be read from it. */
  latencySeconds: { ticket: 60, page: 120 } satisfies Record<string, (typeof durationBuckets)[number]>,
} as const;

import { latencySeconds, slo } from '../../src/telemetry/objectives.js';

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
  /** The objectives are the service's own, because its status page shows them too: `src/telemetry/objectives.ts`. */
  slo,
  latencySeconds,
} as const;

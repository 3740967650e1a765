/**
 * Records what the cluster reports about its own reporting, with metrics of the primary's own registry.
 *
 * Must not know: any client, nor how a metric is recorded.
 */
import type { GaugeHandle, Instruments } from './child/instruments.js';
import { type ChildAge, type SelfRecorder, selfMetrics } from './primary/self-metrics.js';

export function selfRecorder(self: Instruments<typeof selfMetrics>): SelfRecorder {
  // At zero from the start, so that Prometheus sees the first drop as an increase.
  const dropped = self.cluster_series_dropped_total;
  for (const reason of selfMetrics.cluster_series_dropped_total.labels.reason) dropped.with({ reason });
  const ages = self.cluster_child_report_age_seconds;
  return {
    dropped: (reason) => dropped.with({ reason }).inc(),
    printed: (seconds) => self.cluster_scrape_duration_seconds.with({}).observe(seconds),
    shown(series, outdated) {
      self.cluster_series.with({}).set(series);
      self.cluster_series_outdated.with({}).set(outdated);
    },
    ages(children) {
      // While a slot's old and new child overlap, the one that has been silent for longer is shown.
      const oldest = new Map<GaugeHandle, number>();
      for (const child of children) {
        const handle = ages.with(labelsOf(child));
        oldest.set(handle, Math.max(child.ageMs, oldest.get(handle) ?? 0));
      }
      for (const [handle, ageMs] of oldest) handle.set(Math.round(ageMs) / 1000);
    },
    departed: (child) => ages.remove(labelsOf(child)),
  };
}

/** A child without an identity of the usual kind is told from others by its id. */
function labelsOf({ id, identity: { role, slot } }: Omit<ChildAge, 'ageMs'>): {
  readonly role: string;
  readonly slot: string;
} {
  return { role: role ?? '', slot: slot ?? (role === undefined ? String(id) : '') };
}

/**
 * Records what the cluster reports about its own reporting, with metrics of the primary's own registry.
 *
 * Must not know: any client, nor how a metric is recorded.
 */
import type { Instruments } from './child/instruments.js';
import { ageLabels, type ChildAge, type SelfRecorder, selfMetrics } from './primary/self-metrics.js';

export function selfRecorder(self: Instruments<typeof selfMetrics>): SelfRecorder {
  // At zero from the start, so that Prometheus sees the first drop as an increase.
  const dropped = self.cluster_series_dropped_total;
  for (const reason of selfMetrics.cluster_series_dropped_total.labels.reason) dropped.with({ reason });
  const ages = self.cluster_child_report_age_seconds;
  return {
    dropped: (reason) => dropped.with({ reason }).inc(),
    scraped(seconds, series) {
      self.cluster_scrape_duration_seconds.with({}).observe(seconds);
      if (series !== undefined) self.cluster_series.with({}).set(series);
    },
    ages(children) {
      for (const [key, ageMs] of oldest(children)) ages.with(key).set(Math.round(ageMs) / 1000);
    },
    departed: (childId, identity) => ages.remove(ageLabels(childId, identity)),
  };
}

/** While a slot's old and new child overlap, the one that has been silent for longer is shown. */
function oldest(children: readonly ChildAge[]): [ReturnType<typeof ageLabels>, number][] {
  const byLabels = new Map<string, [ReturnType<typeof ageLabels>, number]>();
  for (const { id, identity, ageMs } of children) {
    const labels = ageLabels(id, identity);
    const key = JSON.stringify(labels);
    byLabels.set(key, [labels, Math.max(ageMs, byLabels.get(key)?.[1] ?? 0)]);
  }
  return [...byLabels.values()];
}

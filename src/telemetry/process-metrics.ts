import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import type { Role } from './catalog.js';

/** Gauges that are left out, because `promtool check metrics` refuses gauges that are named like counters. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/**
 * Collects the default metrics of Node and the process. Sums of most of them over processes are meaningless, so each process has
 * its own series, by role and slot.
 */
export function collectProcessMetrics(register: Registry, role: Role, slot: number): void {
  collectDefaultMetrics({ register, labels: { role, slot: String(slot) } });
  for (const name of misnamed) register.removeSingleMetric(name);
  for (const metric of register.getMetricsAsArray()) {
    // While the old and the new child of a slot overlap, the value of the new one is shown.
    if (metric instanceof Gauge) Object.assign(metric, { mergeRule: 'most-recent' });
  }
}

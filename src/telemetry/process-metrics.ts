import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import type { Role } from './metrics.js';

/** Left out: gauges that are named like counters, which `promtool check metrics` refuses. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/**
 * Node's and the process' own metrics. Most sums over processes would mean nothing, so each process has its own series, by
 * role and slot.
 */
export function collectProcessMetrics(register: Registry, role: Role, slot: number): void {
  collectDefaultMetrics({ register, labels: { role, slot: String(slot) } });
  for (const name of misnamed) register.removeSingleMetric(name);
  for (const metric of register.getMetricsAsArray()) {
    // While a slot's old and new child overlap, the new one's value is used.
    if (metric instanceof Gauge) Object.assign(metric, { mergeRule: 'most-recent' });
  }
}

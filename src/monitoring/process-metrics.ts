import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import type { Role } from './metrics.js';

/** Named like counters but gauges: `promtool check metrics` refuses them, and nothing is lost without them. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/**
 * Node's and the process's own metrics. Added up over processes most of them would mean nothing, so each process's
 * stand by themselves, under its role and slot.
 */
export function collectProcessMetrics(register: Registry, role: Role, slot: number): void {
  collectDefaultMetrics({ register, labels: { role, slot: String(slot) } });
  for (const name of misnamed) register.removeSingleMetric(name);
  for (const metric of register.getMetricsAsArray()) {
    // While a slot's old and new child overlap, the new one speaks for the slot.
    if (metric instanceof Gauge) Object.assign(metric, { mergeRule: 'most-recent' });
  }
}

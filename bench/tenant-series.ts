import {
  type ChangeTracker,
  type ClientRegistry,
  createInstruments,
  defineMetrics,
} from '../src/cluster-metrics/prom-client.js';
import { catalog, operationTypes, outcomes, requestStatuses } from '../src/telemetry/catalog.js';

/** Those with a tenant in them, but for the ones that only mishaps touch. */
const tenantMetrics = defineMetrics({
  enhancement_requests_total: catalog.enhancement_requests_total,
  enhancement_duration_seconds: catalog.enhancement_duration_seconds,
  enhancement_success_rate: catalog.enhancement_success_rate,
  enhancement_operation_duration_seconds: catalog.enhancement_operation_duration_seconds,
  enhancement_synthesis_total: catalog.enhancement_synthesis_total,
  llm_tokens_total: catalog.llm_tokens_total,
  webhook_duplicates_total: catalog.webhook_duplicates_total,
});

/** The series that a healthy tenant has on an instance that does everything, as the real instruments make them. */
export interface TenantSeries {
  /** One ticket of a tenant, from the webhook to the note. */
  ticket(tenantId: string): void;
}

export const tenantName = (i: number): string => `tenant-${String(i).padStart(5, '0')}`;

export function createTenantSeries(registry: ClientRegistry, tracker: ChangeTracker, tenants: number): TenantSeries {
  const metrics = createInstruments(tenantMetrics, registry, tracker);
  const ticket = (tenant_id: string): void => {
    for (const status of ['received', 'queued', 'success'] as const) {
      metrics.enhancement_requests_total.with({ tenant_id, status }).inc();
    }
    metrics.enhancement_duration_seconds.with({ tenant_id, status: 'success' }).observe(1.3);
    metrics.enhancement_success_rate.with({ tenant_id }).record(true);
    for (const operation_type of operationTypes) {
      metrics.enhancement_operation_duration_seconds
        .with({ tenant_id, operation_type, status: 'success' })
        .observe(0.3);
    }
    metrics.enhancement_synthesis_total.with({ tenant_id, mode: 'llm' }).inc();
    metrics.llm_tokens_total.with({ tenant_id, model: 'model', type: 'prompt' }).inc(900);
    metrics.llm_tokens_total.with({ tenant_id, model: 'model', type: 'completion' }).inc(150);
  };
  for (let i = 0; i < tenants; i++) {
    const tenant_id = tenantName(i);
    // As a child does at its start, so that Prometheus sees the first event as an increase.
    for (const status of requestStatuses) metrics.enhancement_requests_total.with({ tenant_id, status });
    for (const status of outcomes) metrics.enhancement_duration_seconds.with({ tenant_id, status });
    metrics.webhook_duplicates_total.with({ tenant_id });
    ticket(tenant_id);
  }
  return { ticket };
}

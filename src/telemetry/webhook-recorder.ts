import type { Reporter } from '../cluster-metrics/prom-client.js';
import type { CountQueued, ServiceInstruments } from './job-events.js';
import type { WebhookRecorder } from './recorder.js';

export function createWebhookRecorder(
  metrics: ServiceInstruments,
  reporter: Reporter,
  countQueued: CountQueued,
): WebhookRecorder {
  const requests = metrics.enhancement_requests_total;
  return {
    queued: countQueued,
    duplicate(tenant_id) {
      requests.with({ tenant_id, status: 'received' }).inc();
      metrics.webhook_duplicates_total.with({ tenant_id }).inc();
    },
    rejected(tenant_id, reason) {
      requests.with({ tenant_id, status: 'received' }).inc();
      requests.with({ tenant_id, status: 'rejected' }).inc();
      metrics.webhook_rejections_total.with({ reason }).inc();
    },
    citationJudged(tenant_id, outcome) {
      metrics.enhancement_citations_total.with({ tenant_id, outcome }).inc();
    },
    answered(tenant_id, status, seconds) {
      metrics.enhancement_operation_duration_seconds
        .with({ tenant_id, operation_type: 'webhook', status })
        .observe(seconds);
    },
    httpAnswered(method, route, statusCode, seconds) {
      const known = method === 'GET' || method === 'HEAD' || method === 'POST' ? method : 'other';
      metrics.http_request_duration_seconds
        .with({ method: known, route, status_code: String(statusCode) })
        .observe(seconds);
    },
    async committed(untilMs) {
      // A whole number, because Node keeps one list of timers for each distinct duration.
      await reporter.commit({ withinMs: Math.ceil(Math.max(0, untilMs - performance.now())) });
    },
  };
}

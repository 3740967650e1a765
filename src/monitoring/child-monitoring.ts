import { type Registry, register } from 'prom-client';
import {
  ChangeTracker,
  createInstruments,
  type Instruments,
  type Reporter,
  type Send,
  startReporter,
} from '../cluster-metrics/index.js';
import { catalog, outcomes, type Role, rejectionReasons, requestStatuses } from './metrics.js';
import { collectProcessMetrics } from './process-metrics.js';
import type { JobRecorder, WebhookRecorder } from './recorder.js';

export interface ChildMonitoringOptions {
  readonly role: Exclude<Role, 'primary'>;
  readonly slot: number;
  /** Names this run of the service. */
  readonly instance: string;
  /** Configured tenants: their counters start at zero, so that Prometheus sees the first event as an increase. */
  readonly tenantIds: readonly string[];
  readonly onError: (error: unknown) => void;
  /** Default: prom-client's, where other libraries register theirs. */
  readonly registry?: Registry;
  /** Default: the channel to the primary. */
  readonly send?: Send;
}

export interface ChildMonitoring {
  readonly webhooks: WebhookRecorder;
  readonly jobs: JobRecorder;
  /** Reports what is left; the last thing before a child ends. */
  stop(): Promise<void>;
}

type ServiceInstruments = Instruments<typeof catalog>;

/** Starts this child's metrics and their reports to the primary. */
export function startChildMonitoring(options: ChildMonitoringOptions): ChildMonitoring {
  const { role, slot, registry = register, send } = options;
  const tracker = new ChangeTracker({ registries: [registry], onError: options.onError });
  const metrics = createInstruments(catalog, registry, tracker);
  collectProcessMetrics(registry, role, slot);
  const reporter = startReporter({ tracker, identity: { role, slot: String(slot) }, ...(send ? { send } : {}) });
  startAtZero(metrics, role, options.tenantIds);
  return {
    webhooks: webhookRecorder(metrics, reporter),
    jobs: jobRecorder(metrics, reporter, options.instance),
    stop: () => reporter.stop(),
  };
}

function startAtZero(metrics: ServiceInstruments, role: ChildMonitoringOptions['role'], tenantIds: readonly string[]) {
  for (const tenant_id of tenantIds) {
    for (const status of requestStatuses) metrics.enhancement_requests_total.with({ tenant_id, status });
    if (role === 'worker') {
      for (const status of outcomes) metrics.enhancement_duration_seconds.with({ tenant_id, status });
    } else {
      metrics.webhook_duplicates_total.with({ tenant_id });
    }
  }
  if (role === 'http') for (const reason of rejectionReasons) metrics.webhook_rejections_total.with({ reason });
}

function webhookRecorder(metrics: ServiceInstruments, reporter: Reporter): WebhookRecorder {
  const requests = metrics.enhancement_requests_total;
  return {
    queued: (tenant_id, jobId, correlation_id) => countQueued(metrics, reporter, tenant_id, jobId, correlation_id),
    duplicate(tenant_id) {
      requests.with({ tenant_id, status: 'received' }).inc();
      metrics.webhook_duplicates_total.with({ tenant_id }).inc();
    },
    rejected(tenant_id, reason) {
      requests.with({ tenant_id, status: 'received' }).inc();
      requests.with({ tenant_id, status: 'rejected' }).inc();
      metrics.webhook_rejections_total.with({ reason }).inc();
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
    committed: () => reporter.commit(),
  };
}

/** Said by the http child that accepted a job, and again by the worker that ends it: counted once. */
function countQueued(
  metrics: ServiceInstruments,
  reporter: Reporter,
  tenant_id: string,
  jobId: string,
  correlation_id: string,
): void {
  const requests = metrics.enhancement_requests_total;
  reporter.once(`queued:${jobId}`, () => {
    requests.with({ tenant_id, status: 'received' }).inc();
    requests.with({ tenant_id, status: 'queued' }).inc(1, { correlation_id });
  });
}

function jobRecorder(metrics: ServiceInstruments, reporter: Reporter, ownInstance: string): JobRecorder {
  const requests = metrics.enhancement_requests_total;
  return {
    runAgain: (tenant_id, jobId, correlation_id) => countQueued(metrics, reporter, tenant_id, jobId, correlation_id),
    attemptFailed(tenant_id, jobId, attempt) {
      reporter.once(`pending:${jobId}:${attempt}`, () => requests.with({ tenant_id, status: 'pending' }).inc());
    },
    finished({ tenantId: tenant_id, jobId, instance, outcome: status, seconds, correlationId: correlation_id }) {
      if (instance === ownInstance) countQueued(metrics, reporter, tenant_id, jobId, correlation_id);
      reporter.once(`finished:${jobId}`, () => {
        requests.with({ tenant_id, status }).inc(1, { correlation_id });
        metrics.enhancement_duration_seconds.with({ tenant_id, status }).observe(seconds, { correlation_id });
        metrics.enhancement_success_rate.with({ tenant_id }).record(status === 'success');
      });
    },
    operation(tenant_id, operation_type, status, seconds, correlation_id) {
      metrics.enhancement_operation_duration_seconds
        .with({ tenant_id, operation_type, status })
        .observe(seconds, { correlation_id });
    },
    synthesized(tenant_id, mode) {
      metrics.enhancement_synthesis_total.with({ tenant_id, mode }).inc();
    },
    contextFailed(tenant_id, source) {
      metrics.enhancement_context_failures_total.with({ tenant_id, source }).inc();
    },
    tokensUsed(tenant_id, model, promptTokens, completionTokens) {
      metrics.llm_tokens_total.with({ tenant_id, model, type: 'prompt' }).inc(promptTokens);
      metrics.llm_tokens_total.with({ tenant_id, model, type: 'completion' }).inc(completionTokens);
    },
    committed: () => reporter.commit(),
  };
}

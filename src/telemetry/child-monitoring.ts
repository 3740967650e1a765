import { type Registry, register } from 'prom-client';
import { ChangeTracker, type ChildChannel, createInstruments, startReporter } from '../cluster-metrics/prom-client.js';
import { createExemplars } from './exemplars.js';
import { jobEvents, queuedCounter, type ServiceInstruments } from './job-events.js';
import { createJobRecorder } from './job-recorder.js';
import { catalog, outcomes, type Role, rejectionReasons, requestStatuses } from './catalog.js';
import { collectProcessMetrics } from './process-metrics.js';
import type { JobRecorder, WebhookRecorder } from './recorder.js';
import { createWebhookRecorder } from './webhook-recorder.js';

export interface ChildMonitoringOptions {
  readonly role: Exclude<Role, 'primary'>;
  readonly slot: number;
  /** Names this run of the service. */
  readonly instance: string;
  /** Configured tenants: their counters start at zero, so that Prometheus sees the first event as an increase. */
  readonly tenantIds: readonly string[];
  /** JOB_MAX_AGE_HOURS: the age at which a job that keeps being deferred fails. Hours; default: 24. */
  readonly jobMaxAgeHours?: number;
  readonly onError: (error: unknown) => void;
  /** The active trace if it is recorded, for exemplars. Default: none. */
  readonly traceId?: (() => string | undefined) | undefined;
  /** Default: prom-client's, where other libraries register theirs. */
  readonly registry?: Registry;
  /** Default: the channel to the primary. */
  readonly channel?: ChildChannel;
}

export interface ChildMonitoring {
  readonly webhooks: WebhookRecorder;
  readonly jobs: JobRecorder;
  /** Sends the remaining reports. The last step before a child ends. */
  stop(): Promise<void>;
}

/** Starts this child's metrics and their reports to the primary. */
export function startChildMonitoring(options: ChildMonitoringOptions): ChildMonitoring {
  const { role, slot, registry = register, channel } = options;
  const tracker = new ChangeTracker({ registries: [registry], onError: options.onError });
  const metrics = createInstruments(catalog, registry, tracker);
  collectProcessMetrics(registry, role, slot);
  const reporter = startReporter({ tracker, identity: { role, slot: String(slot) }, ...(channel ? { channel } : {}) });
  startAtZero(metrics, role, options.tenantIds);
  const exemplarOf = createExemplars(options.traceId);
  const events = jobEvents(options.jobMaxAgeHours);
  const countQueued = queuedCounter(metrics, reporter, events, exemplarOf);
  return {
    webhooks: createWebhookRecorder(metrics, reporter, countQueued),
    jobs: createJobRecorder({ metrics, reporter, events, countQueued, exemplarOf, ownInstance: options.instance }),
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

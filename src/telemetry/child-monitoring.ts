import { type Registry, register } from 'prom-client';
import {
  ChangeTracker,
  type ChildChannel,
  createInstruments,
  type ExemplarLabels,
  type Instruments,
  type OnceOptions,
  type Reporter,
  startReporter,
} from '../cluster-metrics/prom-client.js';
import { catalog, documentStates, outcomes, type Role, rejectionReasons, requestStatuses } from './metrics.js';
import { collectProcessMetrics } from './process-metrics.js';
import type { JobRecorder, WebhookRecorder } from './recorder.js';

export interface ChildMonitoringOptions {
  readonly role: Exclude<Role, 'primary'>;
  readonly slot: number;
  /** Names this run of the service. */
  readonly instance: string;
  /** Configured tenants: their counters start at zero, so that Prometheus sees the first event as an increase. */
  readonly tenantIds: readonly string[];
  /** JOB_MAX_AGE_HOURS: the age at which a job that cannot be done fails. Hours; default: 24. */
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

type ServiceInstruments = Instruments<typeof catalog>;

/** Starts this child's metrics and their reports to the primary. */
export function startChildMonitoring(options: ChildMonitoringOptions): ChildMonitoring {
  const { role, slot, registry = register, channel } = options;
  const tracker = new ChangeTracker({ registries: [registry], onError: options.onError });
  const metrics = createInstruments(catalog, registry, tracker);
  collectProcessMetrics(registry, role, slot);
  const reporter = startReporter({ tracker, identity: { role, slot: String(slot) }, ...(channel ? { channel } : {}) });
  startAtZero(metrics, role, options.tenantIds);
  const exemplarOf = exemplars(options.traceId);
  const events = jobEvents(options.jobMaxAgeHours);
  const countQueued = queuedCounter(metrics, reporter, events, exemplarOf);
  return {
    webhooks: webhookRecorder(metrics, reporter, countQueued),
    jobs: jobRecorder({ metrics, reporter, events, countQueued, exemplarOf, ownInstance: options.instance }),
    stop: () => reporter.stop(),
  };
}

type ExemplarOf = (correlationId: string) => ExemplarLabels;

/** OpenMetrics allows an exemplar's labels 128 characters, names and values together; these two have 90. */
function exemplars(traceId: () => string | undefined = () => undefined): ExemplarOf {
  return (correlation_id) => {
    const trace_id = traceId();
    return trace_id === undefined ? { correlation_id } : { correlation_id, trace_id };
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

function webhookRecorder(metrics: ServiceInstruments, reporter: Reporter, countQueued: CountQueued): WebhookRecorder {
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
      // Whole: Node keeps a list for each duration that timers have.
      await reporter.commit({ withinMs: Math.ceil(Math.max(0, untilMs - performance.now())) });
    },
  };
}

/** How long the events of a job can be reported again. */
interface JobEvents {
  /** A job older than this is not counted as queued at its end. Milliseconds. */
  readonly queuedAgainUntilMs: number;
  readonly remembered: OnceOptions;
}

const hourMs = 3_600_000;

/**
 * Every event of a job is remembered for JOB_MAX_AGE_HOURS, at which a job that keeps being deferred fails, and an hour:
 * - `queued` is reported by the http child that accepts the job, and again by the worker that ends it. A job that only
 *   waits for a free worker can end at any age. So the worker reports it again up to half an hour above that age, and not
 *   later: by then the key may be forgotten. The other half hour covers the last delay of the job, and clocks that differ:
 *   a job's age is of the wall clock, a key's life of a monotonic one.
 * - `finished` and `pending` are reported again when their worker dies after the report and before Redis has the end of
 *   the attempt. The attempt then runs again and may be deferred until the job has that same age.
 *
 * Not covered: a job whose worker dies at that moment, and that no worker takes for more than a day, is counted twice.
 */
function jobEvents(jobMaxAgeHours = 24): JobEvents {
  return {
    queuedAgainUntilMs: (jobMaxAgeHours + 0.5) * hourMs,
    remembered: { rememberMs: (jobMaxAgeHours + 1) * hourMs },
  };
}

type CountQueued = WebhookRecorder['queued'];

/** Reported by the http child that accepted a job, and again by the worker that ends it; counted once. */
function queuedCounter(
  metrics: ServiceInstruments,
  reporter: Reporter,
  { remembered }: JobEvents,
  exemplarOf: ExemplarOf,
): CountQueued {
  const requests = metrics.enhancement_requests_total;
  return (tenant_id, jobId, correlationId) => {
    const count = (): void => {
      requests.with({ tenant_id, status: 'received' }).inc();
      requests.with({ tenant_id, status: 'queued' }).inc(1, exemplarOf(correlationId));
    };
    reporter.once(`queued:${jobId}`, count, remembered);
  };
}

/** How long the end of a job waits for a primary that does not read. */
const jobCommitWithinMs = 10_000;

interface JobRecorderParts {
  readonly metrics: ServiceInstruments;
  readonly reporter: Reporter;
  readonly events: JobEvents;
  readonly countQueued: CountQueued;
  readonly exemplarOf: ExemplarOf;
  /** This run of the service. */
  readonly ownInstance: string;
}

function jobRecorder({
  metrics,
  reporter,
  events: { queuedAgainUntilMs, remembered },
  countQueued,
  exemplarOf,
  ownInstance,
}: JobRecorderParts): JobRecorder {
  const requests = metrics.enhancement_requests_total;
  return {
    runAgain: countQueued,
    attemptFailed(tenant_id, jobId, attempt) {
      const count = (): void => requests.with({ tenant_id, status: 'pending' }).inc();
      reporter.once(`pending:${jobId}:${attempt}`, count, remembered);
    },
    deferred(tenant_id, reason) {
      metrics.enhancement_deferrals_total.with({ tenant_id, reason }).inc();
    },
    finished({ tenantId: tenant_id, jobId, instance, outcome: status, seconds, correlationId }) {
      if (instance === ownInstance && seconds * 1000 <= queuedAgainUntilMs)
        countQueued(tenant_id, jobId, correlationId);
      const count = (): void => {
        const exemplar = exemplarOf(correlationId);
        requests.with({ tenant_id, status }).inc(1, exemplar);
        metrics.enhancement_duration_seconds.with({ tenant_id, status }).observe(seconds, exemplar);
        metrics.enhancement_success_rate.with({ tenant_id }).record(status === 'success');
      };
      reporter.once(`finished:${jobId}`, count, remembered);
    },
    operation({ tenantId: tenant_id, operation: operation_type, status, seconds, correlationId }) {
      metrics.enhancement_operation_duration_seconds
        .with({ tenant_id, operation_type, status })
        .observe(seconds, exemplarOf(correlationId));
    },
    synthesized(tenant_id, mode) {
      metrics.enhancement_synthesis_total.with({ tenant_id, mode }).inc();
    },
    contextFailed(tenant_id, source) {
      metrics.enhancement_context_failures_total.with({ tenant_id, source }).inc();
    },
    contextRead(tenant_id, source, documents) {
      for (const state of documentStates) {
        metrics.context_documents.with({ tenant_id, source, state }).set(documents[state]);
      }
    },
    modelRefused(tenant_id, model, parameter) {
      metrics.llm_refusals_total.with({ tenant_id, model, parameter }).inc();
    },
    answerRepaired(tenant_id, model, outcome) {
      metrics.llm_repairs_total.with({ tenant_id, model, outcome }).inc();
    },
    tokensUsed(tenant_id, model, promptTokens, completionTokens) {
      metrics.llm_tokens_total.with({ tenant_id, model, type: 'prompt' }).inc(promptTokens);
      metrics.llm_tokens_total.with({ tenant_id, model, type: 'completion' }).inc(completionTokens);
    },
    async committed() {
      await reporter.commit({ withinMs: jobCommitWithinMs });
    },
  };
}

import type { Reporter } from '../cluster-metrics/prom-client.js';
import type { ExemplarOf } from './exemplars.js';
import type { CountQueued, JobEvents, ServiceInstruments } from './job-events.js';
import { documentStates } from './catalog.js';
import type { JobRecorder } from './recorder.js';

/** How long the end of a job waits for a primary that does not read. Milliseconds. */
const jobCommitWithinMs = 10_000;

export interface JobRecorderParts {
  readonly metrics: ServiceInstruments;
  readonly reporter: Reporter;
  readonly events: JobEvents;
  readonly countQueued: CountQueued;
  readonly exemplarOf: ExemplarOf;
  /** This run of the service. */
  readonly ownInstance: string;
}

export function createJobRecorder({
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

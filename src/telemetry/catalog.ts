import { defineMetrics } from '../cluster-metrics/wire/definition.js';
import { selfMetrics } from '../cluster-metrics/primary/self-metrics.js';
import {
  citationOutcomes,
  contextSources,
  deferralReasons,
  pipelineSteps,
  refusedParameters,
  repairOutcomes,
  synthesisModes,
  writtenModes,
} from '../enhancement/vocabulary.js';

/**
 * The catalog: every metric of this service, as data. Instruments, the tables of docs/operations/metrics-guide.md,
 * dashboards and the naming lint all come from it.
 */

/** Configured tenants, and `unknown` for everything else: unsigned requests cannot create a series. */
const tenant = { oneOf: 'configured tenants, or unknown' };
const model = { oneOf: 'configured models' };

/** Seconds. Dense below one second, for fast notes, and up to the five minutes that retries may take. */
export const durationBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 15, 30, 45, 60, 90, 120, 300,
] as const;

export const requestStatuses = ['received', 'queued', 'rejected', 'success', 'failure', 'pending'] as const;
export type RequestStatus = (typeof requestStatuses)[number];

export { synthesisModes, writtenModes };

export const outcomes = ['success', 'failure'] as const;
export type Outcome = (typeof outcomes)[number];

export const operationTypes = ['webhook', ...pipelineSteps] as const;
export type OperationType = (typeof operationTypes)[number];

export const rejectionReasons = [
  'malformed_json',
  'too_large',
  'unsupported_media_type',
  'unauthorized',
  'tenant_inactive',
  'invalid_payload',
  'rate_limited',
  'overloaded',
  'queue_unavailable',
  'internal_error',
] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

export const roles = ['primary', 'http', 'worker'] as const;
export type Role = (typeof roles)[number];

export const childStates = ['starting', 'ready', 'draining', 'stale', 'incompatible', 'backoff'] as const;
export type ChildState = (typeof childStates)[number];

export const restartReasons = ['crash', 'hung', 'start_failed', 'out_of_memory'] as const;
export type RestartReason = (typeof restartReasons)[number];

export const jobStates = ['waiting', 'prioritized', 'delayed', 'active', 'failed'] as const;
export type JobState = (typeof jobStates)[number];

/**
 * Why the service is degraded or unready, worst first (src/primary/state/state-reasons.ts defines when). Each has a section in
 * docs/operations/runbooks/EnhancementServiceDegraded.md.
 */
export const unreadyReasons = [
  'role_not_ready',
  'redis_not_writable',
  'workers_without_redis',
  'no_webhook_accepted',
] as const;
export const degradedReasons = [
  'webhooks_refused',
  'webhooks_rejected',
  'redis_may_evict',
  'embedded_redis_failing',
  'queue_paused',
  'reload_failed',
  'child_crash_looping',
  'child_missing',
  'queue_late',
  'tenant_failing',
  'tenant_deferred',
  'context_unreadable',
  'context_incomplete',
  'model_fallback',
] as const;
export const stateReasons = [...unreadyReasons, ...degradedReasons] as const;
export type StateReason = (typeof stateReasons)[number];

/** Of a document of a context source. */
export const documentStates = ['used', 'truncated', 'skipped'] as const;
export type DocumentState = (typeof documentStates)[number];

export const queueLabel = 'enhancement:queue';
export const workerType = 'bullmq_enhancement';

export const catalog = defineMetrics({
  enhancement_requests_total: {
    type: 'counter',
    help: 'Total number of enhancement requests received via webhook',
    labels: { tenant_id: tenant, status: requestStatuses },
    useCase: 'How many webhooks arrive, and with which result? Each status is an event; never sum over all of them.',
  },
  enhancement_duration_seconds: {
    type: 'histogram',
    help: 'Time taken to complete ticket enhancement (webhook to ticket update)',
    labels: { tenant_id: tenant, status: outcomes },
    buckets: durationBuckets,
    useCase: 'How long does it take from the webhook to the note?',
  },
  enhancement_success_rate: {
    type: 'gauge',
    help: 'Current enhancement success rate percentage (rolling 5-minute window)',
    labels: { tenant_id: tenant },
    merge: 'ratio',
    retention: 'cumulative',
    windowSeconds: 300,
    scale: 100,
    useCase: 'Do jobs of this tenant succeed right now? Alerts over longer windows use the counters.',
  },
  queue_depth: {
    type: 'gauge',
    help: 'Current number of pending enhancement jobs in Redis queue',
    labels: { queue_name: [queueLabel] },
    merge: 'max',
    retention: 'live',
    useCase:
      'Does a backlog build up? Every instance reads the same queue: take the maximum over instances, never the sum.',
  },
  worker_active_count: {
    type: 'gauge',
    help: 'Number of currently active workers processing enhancements',
    labels: { worker_type: [workerType] },
    merge: 'sum',
    retention: 'live',
    useCase: 'Are there workers to process jobs?',
  },
  enhancement_operation_duration_seconds: {
    type: 'histogram',
    help: 'Time taken by one step of an enhancement, by operation',
    labels: { tenant_id: tenant, operation_type: operationTypes, status: outcomes },
    buckets: durationBuckets,
    useCase: 'Which step is slow, or fails?',
  },
  enhancement_synthesis_total: {
    type: 'counter',
    help: 'Number of enhancements by the mode of their note; none: nothing was found and no note was written',
    labels: { tenant_id: tenant, mode: synthesisModes },
    useCase:
      'How many notes did the language model write, how many were written without it, and how many tickets got none?',
  },
  enhancement_citations_total: {
    type: 'counter',
    help: 'Number of resolved tickets whose note cited a source, by what the resolution has to do with it',
    labels: { tenant_id: tenant, outcome: citationOutcomes },
    useCase:
      'What are the notes worth? named: the resolution has the id or title of a cited source; resembled: it says much of the same.',
  },
  enhancement_deferrals_total: {
    type: 'counter',
    help: 'Number of times a job was deferred without an attempt being counted, by reason',
    labels: { tenant_id: tenant, reason: deferralReasons },
    useCase: 'Whose notes are late because a dependency is unavailable or refuses, and which one?',
  },
  enhancement_context_failures_total: {
    type: 'counter',
    help: 'Number of context sources that failed or missed their deadline',
    labels: { tenant_id: tenant, source: contextSources },
    useCase: 'Which context source is missing from the notes?',
  },
  context_documents: {
    type: 'gauge',
    help: 'Number of documents of a context source, from files and from the desk: used whole, truncated or skipped',
    labels: { tenant_id: tenant, source: contextSources, state: documentStates },
    // Every worker reads the same files and history; one that has not searched lately has an older, lower figure.
    merge: 'max',
    retention: 'live',
    useCase: 'Are documents of a tenant skipped or truncated? Known after its first ticket since the start.',
  },
  llm_tokens_total: {
    type: 'counter',
    help: 'Number of language model tokens used, as reported by the endpoint',
    labels: { tenant_id: tenant, model, type: ['prompt', 'completion'] },
    useCase: 'What does the language model cost, by tenant?',
  },
  llm_refusals_total: {
    type: 'counter',
    help: 'Number of requests that a language model endpoint refused because of a parameter, before it accepted another form',
    labels: { tenant_id: tenant, model, parameter: refusedParameters },
    useCase:
      'Does the endpoint refuse what the service sends? A few after a start or a change of the model are normal.',
  },
  llm_repairs_total: {
    type: 'counter',
    help: 'Number of unusable language model answers that were followed by a request to repair them, by outcome',
    labels: { tenant_id: tenant, model, outcome: repairOutcomes },
    useCase: 'Does the model answer in the requested form?',
  },
  webhook_rejections_total: {
    type: 'counter',
    help: 'Number of webhooks rejected, by reason',
    labels: { reason: rejectionReasons },
    useCase: 'Why are webhooks refused: a misconfigured desk, an attack, or a fault of the service?',
  },
  webhook_duplicates_total: {
    type: 'counter',
    help: 'Number of repeated deliveries that were accepted without a second job',
    labels: { tenant_id: tenant },
    useCase: 'Does a desk deliver everything twice?',
  },
  queue_jobs: {
    type: 'gauge',
    help: 'Number of jobs in the queue, by state',
    labels: { queue_name: [queueLabel], state: jobStates },
    merge: 'max',
    retention: 'live',
    useCase: 'In which states are the jobs, and how many have failed?',
  },
  queue_oldest_job_age_seconds: {
    type: 'gauge',
    help: 'Age of the oldest job that waits to be processed; 0 when none waits',
    labels: { queue_name: [queueLabel] },
    merge: 'max',
    retention: 'live',
    useCase: 'How late is the next note?',
  },
  http_request_duration_seconds: {
    type: 'histogram',
    help: 'Time taken to answer an HTTP request, by route',
    labels: {
      method: ['GET', 'HEAD', 'POST', 'other'],
      route: { oneOf: 'routes of the router, or unmatched' },
      status_code: { oneOf: 'HTTP status codes' },
    },
    buckets: durationBuckets,
    useCase: 'How fast are requests answered, and with which status?',
  },
  cluster_children: {
    type: 'gauge',
    help: 'Number of children of this instance, by role and state',
    labels: { role: ['http', 'worker'], state: childStates },
    merge: 'sum',
    retention: 'live',
    useCase: 'Are all children ready?',
  },
  cluster_child_restarts_total: {
    type: 'counter',
    help: 'Number of children replaced because they ended or hung, by reason',
    labels: { role: ['http', 'worker'], reason: restartReasons },
    useCase: 'Do children keep dying, and for which reason?',
  },
  service_degraded: {
    type: 'gauge',
    help: 'Whether this instance is degraded or unready for this reason (1) or not (0)',
    labels: { reason: stateReasons },
    merge: 'max',
    retention: 'live',
    useCase: 'Is something wrong that users may not notice yet? The status page shows the reason as a sentence.',
  },
  ...selfMetrics,
});

export type MetricName = keyof typeof catalog;

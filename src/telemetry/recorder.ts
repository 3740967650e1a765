import type {
  CitationOutcome,
  ContextSourceName,
  DeferralReason,
  RefusedParameter,
  RepairOutcome,
  SynthesisMode,
} from '../enhancement/vocabulary.js';
import type { DocumentState, OperationType, Outcome, RejectionReason } from './catalog.js';

/**
 * The events that business code reports. The implementations decide which metrics they change. Every `tenantId` must come from
 * the tenants' allow-list (`Tenants.label`), or from a job that was accepted for an authenticated tenant (`labelOfJob`), so that
 * unsigned requests cannot create a series.
 */

/** The events of one http child. */
export interface WebhookRecorder {
  /**
   * The job is durably in Redis.
   *
   * Each webhook that reaches a handler ends in exactly one of the events `queued`, `duplicate` and `rejected`. `received` is
   * counted in the same frame, so that they agree in every scrape, even if this process is killed.
   */
  queued(tenantId: string, jobId: string, correlationId: string): void;
  /** A repeated delivery: it was accepted, and its job existed before. */
  duplicate(tenantId: string): void;
  rejected(tenantId: string, reason: RejectionReason): void;
  /** A ticket with a note that cites sources was resolved. */
  citationJudged(tenantId: string, outcome: CitationOutcome): void;
  /** A webhook was answered after `seconds`; `failure` is a 4xx or 5xx. */
  answered(tenantId: string, status: Outcome, seconds: number): void;
  /** Any request was answered; `route` is the router's pattern, never the path. */
  httpAnswered(method: string, route: string, statusCode: number, seconds: number): void;
  /**
   * Group commit: resolves when everything recorded so far has been written to the kernel, where it survives a SIGKILL of this
   * process. Await it before an answer that confirms the event.
   *
   * Resolves at `untilMs` at the latest, so that clients do not wait while the primary is stopped or blocked. The events are
   * then reported when the primary reads again. If this process is killed before that, the worker that ends an accepted job
   * counts it; a rejected or repeated delivery is not counted.
   *
   * @param untilMs a time of `performance.now()`
   */
  committed(untilMs: number): Promise<void>;
}

/** The events of one worker child. Each `jobId` names one run of a job (src/queue/job-run.ts). */
export interface JobRecorder {
  /**
   * A failed job was run again. Counted once for each run as received and queued, because the end of the run is counted, too.
   */
  runAgain(tenantId: string, jobId: string, correlationId: string): void;
  /** An attempt failed and the job now waits for its retry. */
  attemptFailed(tenantId: string, jobId: string, attempt: number): void;
  /** The job was deferred: no attempt is counted, and it is not `pending`. */
  deferred(tenantId: string, reason: DeferralReason): void;
  /**
   * The job's end. Counted once for each job id however often it is reported: if the worker dies before Redis has acknowledged
   * the end, the job runs, and ends, again.
   */
  finished(end: {
    tenantId: string;
    jobId: string;
    /**
     * The run of the service that accepted the webhook. If it is this one, the job is also counted as queued unless it already
     * was: the http child may have been killed after it added the job to Redis and before it reported it. Not done for a job
     * that is older than the keys of counted events.
     */
    instance?: string | undefined;
    outcome: Outcome;
    /** From acceptance of the webhook, or from the retry, to now. */
    seconds: number;
    correlationId: string;
  }): void;
  operation(ended: {
    tenantId: string;
    operation: Exclude<OperationType, 'webhook'>;
    status: Outcome;
    seconds: number;
    correlationId: string;
  }): void;
  synthesized(tenantId: string, mode: SynthesisMode): void;
  contextFailed(tenantId: string, source: ContextSourceName): void;
  /** This source of the tenant was searched. `documents`: how many are used whole, in part, and not at all. */
  contextRead(tenantId: string, source: ContextSourceName, documents: Readonly<Record<DocumentState, number>>): void;
  /** The endpoint refused a parameter of a request. */
  modelRefused(tenantId: string, model: string, parameter: RefusedParameter): void;
  /** The model was asked to repair an unusable answer. */
  answerRepaired(tenantId: string, model: string, outcome: RepairOutcome): void;
  tokensUsed(tenantId: string, model: string, promptTokens: number, completionTokens: number): void;
  /**
   * As {@link WebhookRecorder.committed}; await it before a job is completed. Resolves after ten seconds at the latest, so that a
   * primary that is stopped does not block its workers. The end of the job is then reported when the primary reads again, and
   * is lost if this process is killed before that.
   */
  committed(): Promise<void>;
}

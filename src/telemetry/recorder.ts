import type {
  CitationOutcome,
  ContextSourceName,
  DeferralReason,
  RefusedParameter,
  RepairOutcome,
  SynthesisMode,
} from '../enhancement/vocabulary.js';
import type { DocumentState, OperationType, Outcome, RejectionReason } from './metrics.js';

/**
 * The events that business code reports. Which metrics they change is decided by the implementation. Every `tenantId` must
 * come from the tenants' allow-list (`Tenants.label`), or from a job that was accepted for an authenticated tenant
 * (`labelOfJob`), so that unsigned requests cannot create a series.
 */

/** The events of one http child. */
export interface WebhookRecorder {
  /**
   * Each webhook that reached a handler ends in exactly one of the first three events. `received` is counted together with
   * it, so that the two agree in every scrape, also if this process is killed.
   *
   * This one: the job is durably in Redis.
   */
  queued(tenantId: string, jobId: string, correlationId: string): void;
  /** A repeated delivery: accepted, but its job existed before. */
  duplicate(tenantId: string): void;
  rejected(tenantId: string, reason: RejectionReason): void;
  /** A ticket was resolved whose note cited a source. */
  citationJudged(tenantId: string, outcome: CitationOutcome): void;
  /** The webhook was answered after `seconds`; `failure` is an answer of 4xx or 5xx. */
  answered(tenantId: string, status: Outcome, seconds: number): void;
  /** Any HTTP answer; `route` is the router's pattern, never the path. */
  httpAnswered(method: string, route: string, statusCode: number, seconds: number): void;
  /**
   * Group commit: resolves when everything recorded so far was written to the kernel, where it survives a SIGKILL of this
   * process. Await it before an answer that confirms the event.
   *
   * While the primary is stopped or blocked, clients must not wait for it: resolves at `untilMs` at the latest. The events
   * are then reported when the primary reads again. If this process is killed before that, the worker that ends an accepted
   * job counts it; a refusal or a repeated delivery is not counted.
   *
   * @param untilMs on the clock of `performance.now()`
   */
  committed(untilMs: number): Promise<void>;
}

/** The events of one worker child. A `jobId` that is given here names one run of a job (src/queue/job-run.ts). */
export interface JobRecorder {
  /**
   * A failed job was run again. Counted as received and queued, once for each run, because the end of the run is counted too
   * and the two must agree.
   */
  runAgain(tenantId: string, jobId: string, correlationId: string): void;
  /** An attempt failed and the job now waits for its retry. */
  attemptFailed(tenantId: string, jobId: string, attempt: number): void;
  /** The job was deferred: no attempt is counted, and it is not `pending`. */
  deferred(tenantId: string, reason: DeferralReason): void;
  /**
   * The job's end. Counted once per job id however often it is reported, because a worker that dies between this
   * and the acknowledgement in Redis makes the job run, and end, again.
   */
  finished(end: {
    tenantId: string;
    jobId: string;
    /**
     * The run of the service that accepted the webhook. If it is this one, the job is also counted as queued unless it
     * already was: the http child may have been killed between adding the job to Redis and reporting it. Not if the job is
     * older than the keys of counted events are kept.
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
  /** This source of the tenant was searched: so many documents are used whole, in part, and not at all. */
  contextRead(tenantId: string, source: ContextSourceName, documents: Readonly<Record<DocumentState, number>>): void;
  /** The endpoint refused a parameter of a request. */
  modelRefused(tenantId: string, model: string, parameter: RefusedParameter): void;
  /** An unusable answer of the model was followed by a request to repair it. */
  answerRepaired(tenantId: string, model: string, outcome: RepairOutcome): void;
  tokensUsed(tenantId: string, model: string, promptTokens: number, completionTokens: number): void;
  /**
   * As {@link WebhookRecorder.committed}; await it before a job is completed. No client waits here, so it resolves after ten
   * seconds at the latest: a primary that is stopped for longer must not block its workers. The end of the job is then
   * reported when the primary reads again, and is lost if this process is killed before that.
   */
  committed(): Promise<void>;
}

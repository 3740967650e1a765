import type { ContextSourceName, DeferralReason, SynthesisMode } from '../enhancement/vocabulary.js';
import type { DocumentState, OperationType, Outcome, RejectionReason } from './metrics.js';

/**
 * What business code tells about itself. It reports events; which metrics they move is decided behind this border.
 * Every `tenantId` given here must come from the tenants' allow-list (`Tenants.label`), or from a job that was accepted
 * under a signed tenant (`labelOfJob`), so that a stranger cannot create a series.
 */

/** The events of one http child. */
export interface WebhookRecorder {
  /**
   * Each webhook that reached a handler ends in exactly one of these three. `received` is counted together with what
   * became of it, so that the two agree in every scrape, and still do when this process is killed between them.
   *
   * The job is durably in Redis.
   */
  queued(tenantId: string, jobId: string, correlationId: string): void;
  /** A repeated delivery: accepted, but its job existed before. */
  duplicate(tenantId: string): void;
  rejected(tenantId: string, reason: RejectionReason): void;
  /** The webhook was answered after `seconds`; `failure` is an answer of 4xx or 5xx. */
  answered(tenantId: string, status: Outcome, seconds: number): void;
  /** Any HTTP answer; `route` is the router's pattern, never the path. */
  httpAnswered(method: string, route: string, statusCode: number, seconds: number): void;
  /**
   * Group commit: resolves when everything recorded so far was handed to the kernel, from where a SIGKILL of this
   * process cannot take it back. Await it before an answer that a client may count on.
   *
   * A primary that is stopped or blocked reads nothing, and must not keep clients waiting: it resolves at `untilMs` at the
   * latest. What was recorded is then reported as soon as the primary reads again. If this process is killed before that,
   * the worker that ends an accepted job counts it; a refusal or a repeated delivery stays uncounted.
   *
   * @param untilMs on the clock of `performance.now()`
   */
  committed(untilMs: number): Promise<void>;
}

/** The events of one worker child. A `jobId` that is given here names one run of a job (src/queue/job-run.ts). */
export interface JobRecorder {
  /**
   * A job that had failed for good was asked for again. Counted as received and queued, once for each run: the end of
   * this run is counted too, and the two must agree.
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
     * The run of the service that accepted the webhook. If it is this one, the job is counted as queued too, unless it
     * was: the http child may have been killed after Redis had the job and before it could say so. Not a job that is
     * older than jobs become: whether it was counted is forgotten by then.
     */
    instance?: string | undefined;
    outcome: Outcome;
    /** From acceptance of the webhook, or from when it was asked for again, to now. */
    seconds: number;
    correlationId: string;
  }): void;
  operation(
    tenantId: string,
    operation: Exclude<OperationType, 'webhook'>,
    status: Outcome,
    seconds: number,
    correlationId: string,
  ): void;
  synthesized(tenantId: string, mode: SynthesisMode): void;
  contextFailed(tenantId: string, source: ContextSourceName): void;
  /** This source of the tenant was searched: so many documents are used whole, in part, and not at all. */
  contextRead(tenantId: string, source: ContextSourceName, documents: Readonly<Record<DocumentState, number>>): void;
  tokensUsed(tenantId: string, model: string, promptTokens: number, completionTokens: number): void;
  /**
   * As in {@link WebhookRecorder.committed}; await it before a job is reported as ended. Nobody waits for an answer here,
   * so a primary that does not read is waited for as long as it may be stopped without harm: ten seconds. Then the job
   * ends, or a stopped primary would hold every slot of its workers for ever. Its end is reported when the primary reads
   * again, and is lost if this process is killed before that.
   */
  committed(): Promise<void>;
}

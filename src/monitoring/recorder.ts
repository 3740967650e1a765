import type { ContextSourceName, OperationType, Outcome, RejectionReason, SynthesisMode } from './metrics.js';

/**
 * What business code tells about itself. It reports events; which metrics they move is decided behind this border.
 * Every `tenantId` given here must come from the tenants' allow-list (`Tenants.label`), so that a stranger cannot
 * create a series.
 */

/** The events of one http child. */
export interface WebhookRecorder {
  /** A webhook reached a handler. Followed by exactly one of `queued`, `duplicate` or `rejected`. */
  received(tenantId: string): void;
  /** The job is durably in Redis. */
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
   */
  committed(): Promise<void>;
}

/** The events of one worker child. */
export interface JobRecorder {
  /** An attempt failed and the job now waits for its retry. */
  attemptFailed(tenantId: string, jobId: string, attempt: number): void;
  /**
   * The job's end. Counted once per job id however often it is reported, because a worker that dies between this
   * and the acknowledgement in Redis makes the job run, and end, again.
   */
  finished(end: {
    tenantId: string;
    jobId: string;
    outcome: Outcome;
    /** From acceptance of the webhook to now. */
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
  tokensUsed(tenantId: string, model: string, promptTokens: number, completionTokens: number): void;
  /** As in {@link WebhookRecorder.committed}; await it before a job is reported as ended. */
  committed(): Promise<void>;
}

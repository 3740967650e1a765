import type { Telemetry } from 'bullmq';

/**
 * What a child reports of its work for traces. The interface hides OpenTelemetry from other folders, and this file loads
 * none of it. Without a collector there is no `Tracing`, and callers write `tracing?.`.
 */
export interface Tracing {
  /** BullMQ's hook for a worker: its spans continue the trace that a job came with. */
  readonly telemetry: Telemetry;
  /** Adds a job in a span, as BullMQ itself does, and gives the addition the trace that goes with the job. */
  adding<T>(
    job: { readonly queue: string; readonly name: string; readonly id: string },
    add: (trace: string | undefined) => Promise<T>,
  ): Promise<T>;
  /** The active span, for log lines; undefined outside of a trace. */
  current(): TraceReference | undefined;
  /** The active trace, for exemplars; undefined if there is none or it is not recorded. */
  recordedTraceId(): string | undefined;
  /** Starts the span of a request. It becomes the active one in {@link RequestSpan.run}. */
  request(start: RequestStart): RequestSpan;
  /** Adds facts to the active span. May be called several times. */
  about(facts: Facts): void;
  /** Marks the active span as failed, with an error code of this service. */
  failed(code: string): void;
  /** Adds a span that has ended below the active one: the domain reports work at its end, with its duration. */
  ended(work: EndedWork): void;
  /** Exports the remaining spans, within a bound. The last step before a child ends. */
  stop(): Promise<void>;
}

export interface TraceReference {
  readonly traceId: string;
  readonly spanId: string;
}

export interface RequestStart {
  readonly method: string;
  /** The router's pattern, never the path. */
  readonly route: string;
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  /** Headers with the caller's trace, which is continued. Absent: a new trace. */
  readonly caller?: { readonly traceparent?: string | undefined; readonly tracestate?: string | undefined };
}

export interface RequestSpan {
  /** Does the work with this span as the active one, asynchronous continuations included. */
  run<T>(work: () => T): T;
  /** @param statusCode undefined: the client disconnected before the answer */
  end(statusCode: number | undefined): void;
}

/** All attributes that a span can have: no ticket text, no address, no secret. */
export interface Facts {
  readonly tenantId?: string;
  readonly jobId?: string;
  readonly correlationId?: string;
  /** From 1. */
  readonly attempt?: number;
  /** Of an attempt. */
  readonly outcome?: 'success' | 'failure' | 'retry' | 'given_back' | 'deferred' | 'abandoned';
  readonly synthesisMode?: string;
  readonly duplicate?: boolean;
  /** Why a webhook was not accepted. */
  readonly rejection?: string;
}

export interface EndedWork {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly endedAtMs: number;
  readonly seconds: number;
  /** An error code of this service; undefined: the work succeeded. */
  readonly errorCode?: string | undefined;
  /** What ran inside it. */
  readonly parts?: readonly EndedWork[];
}

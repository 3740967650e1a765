import type { Telemetry } from 'bullmq';

/**
 * What a child tells of its work to whoever draws traces of it. Words of our own, so that nobody else knows OpenTelemetry;
 * this file loads nothing. Without a collector there is no `Tracing`, and callers say `tracing?.`.
 */
export interface Tracing {
  /** By which BullMQ adds spans of its own and takes the context through Redis, from the http child to the worker. */
  readonly telemetry: Telemetry;
  /** What is under way here, for log lines; undefined outside of a trace. */
  current(): TraceReference | undefined;
  /** The trace that an exemplar may lead to; undefined when there is none or when it is not recorded. */
  recordedTraceId(): string | undefined;
  /** Begins the span of a request. It is not the active one until {@link RequestSpan.run}. */
  request(start: RequestStart): RequestSpan;
  /** Adds to the active span; what is not known yet may be added later. */
  about(facts: Facts): void;
  /** The active span's work failed, with this code of ours. */
  failed(code: string): void;
  /** Work that ended just now, below the active span. Told when it is over: the domain reports ends, with durations. */
  ended(work: EndedWork): void;
  /** Sends what is left, within a bound. The last thing before a child ends. */
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
  /** Headers of a caller whose trace is to be gone on with; left out: a trace of its own. */
  readonly caller?: { readonly traceparent?: string | undefined; readonly tracestate?: string | undefined };
}

export interface RequestSpan {
  /** Everything that is begun in here, and what follows from it, is below this span. */
  run(work: () => void): void;
  /** @param statusCode undefined: the client went away without an answer */
  end(statusCode: number | undefined): void;
}

/** Everything that is said of a span, and nothing else: no text of a ticket, no address, no secret. */
export interface Facts {
  readonly tenantId?: string;
  readonly jobId?: string;
  readonly correlationId?: string;
  /** From 1. */
  readonly attempt?: number;
  /** What became of an attempt. */
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
  /** A code of ours; undefined when it went well. */
  readonly errorCode?: string | undefined;
  /** What ran inside it. */
  readonly parts?: readonly EndedWork[];
}

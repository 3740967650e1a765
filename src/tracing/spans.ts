import {
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { EndedWork, Facts, RequestSpan, RequestStart } from './tracing.js';

const attributeNames: Readonly<Record<keyof Facts, string>> = {
  tenantId: 'enhancement.tenant_id',
  jobId: 'enhancement.job_id',
  correlationId: 'enhancement.correlation_id',
  attempt: 'enhancement.attempt',
  outcome: 'enhancement.outcome',
  synthesisMode: 'enhancement.synthesis_mode',
  duplicate: 'enhancement.duplicate',
  rejection: 'enhancement.rejection',
};

export function addFacts(span: Span | undefined, facts: Facts): void {
  for (const name of Object.keys(facts) as (keyof Facts)[]) {
    const value = facts[name];
    if (value !== undefined) span?.setAttribute(attributeNames[name], value);
  }
}

/** The code without the error's message, which may quote a desk or a model about a ticket. */
export function markFailed(span: Span | undefined, code: string): void {
  span?.setStatus({ code: SpanStatusCode.ERROR, message: code });
  span?.setAttribute('error.type', code);
}

/** A server span by OpenTelemetry's conventions for HTTP. */
export function openRequest(tracer: Tracer, { method, route, startedAtMs, caller }: RequestStart): RequestSpan {
  // Only these two: a caller's `baggage` would be carried on through the queue.
  const parent = caller === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { ...caller });
  const span = tracer.startSpan(
    `${method} ${route}`,
    {
      kind: SpanKind.SERVER,
      startTime: startedAtMs,
      attributes: { 'http.request.method': method, 'http.route': route, 'url.path': route, 'url.scheme': 'http' },
    },
    parent,
  );
  return {
    run: (work) => context.with(trace.setSpan(parent, span), work),
    end(statusCode) {
      if (statusCode === undefined) markFailed(span, 'client_gone');
      else span.setAttribute('http.response.status_code', statusCode);
      // A 4xx is the client's error and not this span's.
      if (statusCode !== undefined && statusCode >= 500) markFailed(span, String(statusCode));
      span.end();
    },
  };
}

export function drawEnded(tracer: Tracer, { name, endedAtMs, seconds, errorCode, parts = [] }: EndedWork): void {
  const span = tracer.startSpan(name, { startTime: endedAtMs - seconds * 1000 });
  if (errorCode !== undefined) markFailed(span, errorCode);
  context.with(trace.setSpan(context.active(), span), () => {
    for (const part of parts) drawEnded(tracer, part);
  });
  span.end(endedAtMs);
}

import type { IncomingMessage } from 'node:http';
import type { RequestStart, Tracing } from '../tracing/tracing.js';
import { type ApiResponse, secondsSinceStart } from './request-context.js';

export type Caller = NonNullable<RequestStart['caller']>;

/** The trace that a request continues. Read from signed requests only: others must not decide what is recorded. */
export function callerOf({ headers: { traceparent, tracestate } }: Pick<IncomingMessage, 'headers'>): Caller {
  const single = (value: string | string[] | undefined) => (typeof value === 'string' ? value : undefined);
  return { traceparent: single(traceparent), tracestate: single(tracestate) };
}

export interface TracedRequest {
  readonly request: Pick<IncomingMessage, 'method'>;
  readonly response: ApiResponse;
  /** Undefined: the request gets a trace of its own. */
  readonly caller: Caller | undefined;
}

/**
 * Runs the work of a request inside its span.
 *
 * @param tracing undefined: nothing is traced
 */
export function inRequestSpan(
  tracing: Tracing | undefined,
  { request, response, caller }: TracedRequest,
  work: () => Promise<void>,
): Promise<void> {
  if (tracing === undefined) return work();
  const span = tracing.request({
    method: request.method ?? '',
    route: response.locals.route,
    startedAtMs: Date.now() - secondsSinceStart(response.locals) * 1000,
    ...(caller === undefined ? {} : { caller }),
  });
  response.once('close', () => span.end(response.writableFinished ? response.statusCode : undefined));
  return span.run(work);
}

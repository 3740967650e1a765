import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { RequestStart, Tracing } from '../tracing/tracing.js';

/** The spans of webhooks, as middleware around their handlers. */
export interface RequestTraces {
  /** After the signature: goes on with the trace that the caller names in `traceparent`. */
  readonly signed: readonly RequestHandler[];
  /**
   * For what was refused before: a trace of its own. A stranger must not choose the trace that he appears in, nor
   * whether it is recorded.
   */
  readonly unsigned: readonly ErrorRequestHandler[];
}

/** @param tracing undefined: there are no such middlewares, and no request pays for them */
export function traceRequests(tracing: Tracing | undefined): RequestTraces {
  if (tracing === undefined) return { signed: [], unsigned: [] };

  const open = (request: Request, response: Response, caller: RequestStart['caller'], next: () => void): void => {
    const route: unknown = request.route.path;
    const span = tracing.request({
      method: request.method,
      route: String(route),
      startedAtMs: Date.now() - millisecondsSince(response),
      ...(caller === undefined ? {} : { caller }),
    });
    response.locals['traced'] = true;
    response.once('close', () => span.end(response.writableFinished ? response.statusCode : undefined));
    span.run(next);
  };

  return {
    signed: [
      (request, response, next) => {
        const caller = { traceparent: request.get('traceparent'), tracestate: request.get('tracestate') };
        open(request, response, caller, next);
      },
    ],
    unsigned: [
      (error, request, response, next) => {
        if (response.locals['traced'] === true) next(error);
        else open(request, response, undefined, () => next(error));
      },
    ],
  };
}

function millisecondsSince(response: Response): number {
  const startedMs: unknown = response.locals['startedMs'];
  return typeof startedMs === 'number' ? performance.now() - startedMs : 0;
}

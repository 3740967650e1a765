import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The state of one request, created when it begins and kept in `response.locals`. */
export interface RequestContext {
  /** Times are on the clock of `performance.now()`. */
  readonly startedMs: number;
  /** The pattern of its address, which is a metric label: the path itself would create a series for each ticket. */
  route: string;
  /** Undefined while the body is being received. */
  bodyReadMs: number | undefined;
  /** The request's own if its header, or else its signed body, has a UUID; else a new one (v4). */
  correlationId: string;
  readonly correlationIdIsGiven: boolean;
  /** The tenant that the body names, as a metric label: `unknown` unless it is configured. */
  tenantLabel: string;
  /** Whether the log has its line `received`. */
  isReceivedLogged: boolean;
  /** Whether this child drains. Asked when the answer is written: a drain may have begun since the request came. */
  readonly draining: () => boolean;
}

/** What handlers use of Express' request. Its parameters are those of the route, if it has some. */
export type ApiRequest = IncomingMessage & {
  readonly params?: Readonly<Record<string, string | string[] | undefined>>;
};
export type ApiResponse = ServerResponse & { locals: RequestContext };
export type ApiHandler = (request: ApiRequest, response: ApiResponse) => void | Promise<void>;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && uuid.test(value);
}

export function createRequestContext(
  { headers }: Pick<IncomingMessage, 'headers'>,
  draining: () => boolean,
): RequestContext {
  const given = headers['x-correlation-id'];
  const isGiven = isUuid(given);
  return {
    startedMs: performance.now(),
    route: 'unmatched',
    bodyReadMs: undefined,
    correlationId: isGiven ? given.toLowerCase() : randomUUID(),
    correlationIdIsGiven: isGiven,
    tenantLabel: 'unknown',
    isReceivedLogged: false,
    draining,
  };
}

/** The header's id takes precedence over the body's. */
export function adoptCorrelationId(context: RequestContext, fromBody: unknown): void {
  if (!context.correlationIdIsGiven && isUuid(fromBody)) context.correlationId = fromBody.toLowerCase();
}

export function secondsSinceStart({ startedMs }: RequestContext): number {
  return (performance.now() - startedMs) / 1000;
}

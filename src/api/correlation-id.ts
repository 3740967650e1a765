import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && uuid.test(value);
}

/** Every answer carries one: the request's own if it is a UUID, else a new one (v4). */
export function correlate(request: Request, response: Response, next: NextFunction): void {
  const given = request.get('x-correlation-id');
  setCorrelationId(response, isUuid(given) ? given : randomUUID());
  response.locals['correlationGiven'] = isUuid(given);
  next();
}

/** The body's own id counts when the header has none. */
export function adoptCorrelationId(response: Response, fromBody: string | undefined): void {
  if (response.locals['correlationGiven'] !== true && isUuid(fromBody)) setCorrelationId(response, fromBody);
}

export function correlationIdOf(response: Response): string {
  return String(response.locals['correlationId']);
}

function setCorrelationId(response: Response, id: string): void {
  const lower = id.toLowerCase();
  response.locals['correlationId'] = lower;
  response.set('X-Correlation-Id', lower);
}

import { z } from 'zod';
import type { ApiResponse, RequestContext } from './request-context.js';

/** The answers to requests that succeed; problems have a form of their own (rejection.ts). */

const correlationId = z.uuid().describe('The id under which logs, exemplars and the note have this webhook.');

export const acceptedSchema = z
  .object({
    status: z.literal('accepted'),
    job_id: z.string().describe('The same for each repetition of a delivery.'),
    correlation_id: correlationId,
    duplicate: z.boolean().describe('The delivery was accepted before, and no second job was made.'),
  })
  .describe('The job is durably in the queue.');
export type Accepted = z.infer<typeof acceptedSchema>;

export const resolvedAcceptedSchema = z
  .object({ status: z.literal('accepted'), correlation_id: correlationId })
  .describe('Later tickets are compared with this one.');
export type ResolvedAccepted = z.infer<typeof resolvedAcceptedSchema>;

export const ignoredSchema = z
  .object({ status: z.literal('ignored'), correlation_id: correlationId })
  .describe('An event of a desk that is neither a new nor a resolved ticket; nothing is done.');
export type Ignored = z.infer<typeof ignoredSchema>;

export const healthSchema = z.object({ status: z.literal('ok') });
export type Health = z.infer<typeof healthSchema>;

/** As helmet sets them, without those that mean something to browsers over HTTPS alone. Computed once, not per request. */
const securityHeaders = [
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-DNS-Prefetch-Control', 'off'],
  ['X-Download-Options', 'noopen'],
  ['X-Frame-Options', 'SAMEORIGIN'],
  ['X-Permitted-Cross-Domain-Policies', 'none'],
  ['X-XSS-Protection', '0'],
].flat();

/** The headers of every answer, as pairs for `writeHead`. @param close whether the connection ends with it */
export function commonHeaders({ correlationId, draining }: RequestContext, close: boolean = draining()): string[] {
  const headers = [...securityHeaders, 'X-Correlation-Id', correlationId];
  if (close) headers.push('Connection', 'close');
  return headers;
}

/** Answers with JSON. Does not use Express' `json`, which also handles content negotiation, entity tags and freshness. */
export function answerJson(
  response: ApiResponse,
  status: number,
  answer: Accepted | ResolvedAccepted | Ignored | Health,
): void {
  const body = JSON.stringify(answer);
  const headers = commonHeaders(response.locals);
  const length = String(Buffer.byteLength(body));
  headers.push('Content-Type', 'application/json; charset=utf-8', 'Content-Length', length);
  response.writeHead(status, headers).end(body);
}

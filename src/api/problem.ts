import type { Response } from 'express';
import { z } from 'zod';
import type { RejectionReason } from '../telemetry/metrics.js';
import { correlationIdOf } from './correlation-id.js';

const fieldErrorSchema = z.object({ field: z.string().describe('Dotted path of the field.'), message: z.string() });
export type FieldError = z.infer<typeof fieldErrorSchema>;

/** A problem as RFC 9457 has it. */
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().describe('What is wrong, and what to do.'),
    correlation_id: z.string().optional().describe('Missing when the request could not be read at all.'),
    errors: z.array(fieldErrorSchema).optional().describe('Every field that is wrong, for an answer of 422.'),
  })
  .describe('A problem (RFC 9457).');
export type Problem = z.infer<typeof problemSchema>;

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

/** What is said for each reason; what a stranger may learn is decided here. */
export const problemKinds: Readonly<Record<RejectionReason, ProblemKind>> = {
  malformed_json: {
    status: 400,
    title: 'Malformed JSON',
    detail:
      'The body must be one JSON object in UTF-8, nested at most 64 levels deep and hold at most about 10,000 values.',
  },
  too_large: { status: 413, title: 'Body too large', detail: 'The body may have 1 MiB at most.' },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    detail: 'Send the ticket as application/json, without a content encoding.',
  },
  // The same words for an unknown tenant and for a wrong, stale or missing signature: tenants cannot be enumerated.
  unauthorized: {
    status: 401,
    title: 'Unauthorized',
    detail: 'The tenant is not known, or the signature is missing, wrong or too old.',
  },
  tenant_inactive: {
    status: 403,
    title: 'Tenant inactive',
    detail: 'This tenant is switched off in the configuration.',
  },
  invalid_payload: {
    status: 422,
    title: 'Invalid fields',
    detail: 'The body does not have the fields that this webhook needs; errors names each.',
  },
  rate_limited: { status: 429, title: 'Too many requests', detail: 'This tenant is over its rate limit.' },
  overloaded: {
    status: 503,
    title: 'Overloaded',
    detail: 'Too many requests are being received at once. Send it again.',
  },
  queue_unavailable: {
    status: 503,
    title: 'Queue unavailable',
    detail: 'The ticket could not be stored just now and was not accepted. Send it again.',
  },
  internal_error: {
    status: 500,
    title: 'Internal error',
    detail: 'Something went wrong here; the log has it under the correlation id.',
  },
};

export interface RejectionDetails {
  readonly retryAfterSeconds?: number;
  readonly errors?: readonly FieldError[];
  /** For the log alone. Asked after the answer has been written, whose time must not tell the reason. */
  readonly explain?: () => string;
  readonly cause?: unknown;
}

/** Thrown wherever a request turns out to be one that is not accepted. */
export class Rejection extends Error {
  override readonly name = 'Rejection';

  constructor(
    readonly reason: RejectionReason,
    readonly details: RejectionDetails = {},
  ) {
    super(problemKinds[reason].detail, details.cause === undefined ? {} : { cause: details.cause });
  }
}

/** The text of a {@link problemSchema}. */
export function problemBody(
  { status, title, detail }: ProblemKind,
  correlationId: string,
  extra: Pick<Problem, 'errors'> = {},
): string {
  const problem: Problem = { type: 'about:blank', title, status, detail, correlation_id: correlationId, ...extra };
  return JSON.stringify(problem);
}

/** Answers with `application/problem+json` (RFC 9457). */
export function sendProblem(response: Response, kind: ProblemKind, extra: Pick<Problem, 'errors'> = {}): void {
  response
    .status(kind.status)
    .type('application/problem+json')
    .send(problemBody(kind, correlationIdOf(response), extra));
}

/** How long the rest of a body that was refused is discarded before its connection is closed. Milliseconds. */
const lingerMs = 1000;

/**
 * Refuses a request whose body has not arrived yet. A connection that is closed with unread bytes is reset, and the answer
 * may be lost with it; so the answer is written at once, and the connection closed when the body has ended.
 */
function refuseUnread(response: Response, kind: ProblemKind): void {
  const body = problemBody(kind, correlationIdOf(response));
  response
    .status(kind.status)
    .set('Connection', 'close')
    .set('Content-Type', 'application/problem+json; charset=utf-8')
    .set('Content-Length', String(Buffer.byteLength(body)))
    .write(body);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  response.req.once('end', end).once('close', end).resume();
}

export function sendRejection(response: Response, { reason, details }: Rejection): void {
  if (details.retryAfterSeconds !== undefined) response.set('Retry-After', String(details.retryAfterSeconds));
  const kind = problemKinds[reason];
  if (response.req.complete || response.req.destroyed) {
    sendProblem(response, kind, details.errors ? { errors: [...details.errors] } : {});
  } else refuseUnread(response, kind);
}

import type { RejectionReason } from '../telemetry/catalog.js';
import { type FieldError, problemBody, problemHeaders, type ProblemKind, sendProblem } from '../http/problem.js';
import { commonHeaders } from './answers.js';
import type { ApiResponse } from './request-context.js';

/** The answer to each reason. What an unauthenticated client learns is decided here. */
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
    detail: 'Send the ticket as JSON with the type application/json, uncompressed.',
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
  /** For the log alone. Called after the answer has been written, so that its time does not depend on the reason. */
  readonly explain?: () => string;
  readonly cause?: unknown;
  /** The request is an event without an effect, which no metric of requests counts. */
  readonly isUncounted?: boolean;
}

/** Thrown where a request is found to be unacceptable. */
export class Rejection extends Error {
  override readonly name = 'Rejection';

  constructor(
    readonly reason: RejectionReason,
    readonly details: RejectionDetails = {},
  ) {
    super(problemKinds[reason].detail, details.cause === undefined ? {} : { cause: details.cause });
  }
}

/** @param headers further ones, as pairs */
export function answerProblem(response: ApiResponse, kind: ProblemKind, headers: readonly string[] = []): void {
  const { correlationId } = response.locals;
  sendProblem(response, kind, { correlation_id: correlationId }, [...commonHeaders(response.locals), ...headers]);
}

/** How long the rest of a refused body is discarded before its connection is closed. Milliseconds. */
const lingerMs = 1000;

export function answerRejection(response: ApiResponse, { reason, details }: Rejection): void {
  const { retryAfterSeconds, errors } = details;
  const { locals: context, req: request } = response;
  const kind = problemKinds[reason];
  const members = { correlation_id: context.correlationId, ...(errors ? { errors } : {}) };
  const retryAfter = retryAfterSeconds === undefined ? [] : ['Retry-After', String(retryAfterSeconds)];
  if (request.complete || request.destroyed) {
    sendProblem(response, kind, members, [...commonHeaders(context), ...retryAfter]);
    return;
  }
  // The body has not arrived. A connection that is closed with unread bytes is reset, and the answer may be lost with it;
  // so the answer is written at once, and the connection closed when the body has ended.
  const body = problemBody(kind, members);
  response
    .writeHead(kind.status, [...commonHeaders(context, true), ...retryAfter, ...problemHeaders(body)])
    .write(body);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  request.once('end', end).once('close', end).resume();
}

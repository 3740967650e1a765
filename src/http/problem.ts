import { type ServerResponse, STATUS_CODES } from 'node:http';
import { z } from 'zod';

const fieldErrorSchema = z.object({ field: z.string().describe('Dotted path of the field.'), message: z.string() });
export type FieldError = z.infer<typeof fieldErrorSchema>;

export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().describe('What is wrong, and what to do.'),
    correlation_id: z.string().optional().describe('Absent if the request could not be parsed as HTTP.'),
    errors: z.array(fieldErrorSchema).optional().describe('Every field that is wrong, for an answer of 422.'),
  })
  .describe('A problem (RFC 9457).');
export type Problem = z.infer<typeof problemSchema>;

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

/** A problem whose title is the phrase of its status. */
export function problemOf(status: number, detail: string): ProblemKind {
  return { status, title: STATUS_CODES[status] ?? 'Error', detail };
}

export interface ProblemMembers {
  readonly correlation_id?: string;
  readonly errors?: readonly FieldError[];
}

/** The body of an answer: a {@link problemSchema} as JSON. */
export function problemBody({ status, title, detail }: ProblemKind, members: ProblemMembers = {}): string {
  return JSON.stringify({ type: 'about:blank', title, status, detail, ...members });
}

/** The headers of that body, as pairs for `writeHead`. */
export function problemHeaders(body: string): readonly string[] {
  return ['Content-Type', 'application/problem+json; charset=utf-8', 'Content-Length', String(Buffer.byteLength(body))];
}

/** @param headers further headers, as pairs */
export function sendProblem(
  response: ServerResponse,
  kind: ProblemKind,
  members?: ProblemMembers,
  headers: readonly string[] = [],
): void {
  const body = problemBody(kind, members);
  response.writeHead(kind.status, [...headers, ...problemHeaders(body)]).end(body);
}

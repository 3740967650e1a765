import { z } from 'zod';
import { parseInWords } from '../config/wording.js';
import { cutTo } from '../enhancement/index.js';
import { priorities } from '../queue/job.js';
import { tenantIdPattern } from '../tenants/index.js';
import { Rejection } from './problem.js';

/** The bodies of the two webhooks. Fields that are not named here are ignored. */

const tenantId = z
  .string()
  .regex(tenantIdPattern, 'must be 1 to 32 of a-z, 0-9, _ and -, beginning with a letter or digit');
const ticketId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of A-Z, a-z, 0-9, _ and -');
const text = (longest: number, shortest = 1) =>
  z
    .string()
    .min(shortest, `must have at least ${shortest} character`)
    .max(longest, `must have at most ${longest} characters`)
    // A lone surrogate cannot be written as UTF-8: Redis would return another text.
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode');
const timestamp = z.iso.datetime({
  offset: true,
  error: 'must be an RFC 3339 time with a zone, such as 2026-11-23T10:00:00Z',
});

export const ticketCreatedSchema = z.object({
  event: z.literal('ticket_created', { error: 'must be "ticket_created"' }),
  tenant_id: tenantId,
  ticket_id: ticketId,
  subject: text(500, 0).default(''),
  description: text(10_000),
  priority: z.enum(priorities, { error: `must be one of ${priorities.join(', ')}` }),
  created_at: timestamp,
  // As in the header, of any version: some desks generate UUIDs of none.
  correlation_id: z.guid({ error: 'must be a UUID' }).optional(),
});
export type TicketCreated = z.infer<typeof ticketCreatedSchema>;

const mostTags = 32;

export const ticketResolvedSchema = z.object({
  tenant_id: tenantId,
  ticket_id: ticketId,
  subject: text(500, 0),
  description: text(10_000),
  resolution: text(10_000),
  resolved_at: timestamp,
  tags: cutTo(mostTags + 1, z.array(text(64)).max(mostTags, `may have ${mostTags} entries at most`)).default([]),
});
export type TicketResolved = z.infer<typeof ticketResolvedSchema>;

/** @throws {Rejection} `invalid_payload`, which names every wrong field */
export function parsePayload<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = parseInWords(schema, value);
  if ('data' in parsed) return parsed.data;
  const errors = parsed.problems.map(({ path, message }) => ({ field: path.map(String).join('.'), message }));
  throw new Rejection('invalid_payload', { errors });
}

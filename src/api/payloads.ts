import { z } from 'zod';
import type { ResolvedTicket } from '../enhancement/index.js';
import {
  type NewTicketReading,
  priorities,
  type Reading,
  readNewTicket,
  readSolvedTicket,
  ticketIdPattern,
  type TicketReading,
} from '../intake/index.js';
import { type Tenant, tenantIdPattern } from '../tenants/index.js';
import type { JsonObject } from './json-body.js';
import { Rejection } from './rejection.js';

/**
 * The bodies of the two webhooks. The schemas say for OpenAPI what a desk should send; everything that matches them is
 * accepted. The intake reads more than they allow.
 */

const tenantId = z.string().regex(tenantIdPattern);
const ticketId = z.union([z.string().regex(ticketIdPattern), z.int().min(0)]);
const text = z
  .union([z.string(), z.null()])
  .describe('Plain text or HTML of any length. One of subject and description must have text.');
const name = z.union([z.string(), z.int(), z.null()]);
const time = z
  .union([z.string(), z.int(), z.null()])
  .describe(
    'RFC 3339, or seconds or milliseconds since 1970. A time without a zone is UTC; else the moment of acceptance.',
  );

/** One of the two texts is there, and is not blank. */
const withText = {
  anyOf: ['subject', 'description'].map((field) => ({
    required: [field],
    properties: { [field]: { type: 'string', pattern: '\\S' } },
  })),
};

export const ticketCreatedSchema = z
  .object({
    event: z.literal('ticket_created').optional(),
    tenant_id: tenantId,
    ticket_id: ticketId,
    subject: text.optional(),
    description: text.optional(),
    priority: name
      .describe(
        `One of ${priorities.join(', ')}, a name of the tenant’s own table, or a usual name or number; else medium.`,
      )
      .optional(),
    created_at: time.optional(),
    correlation_id: z.union([z.string(), z.null()]).describe('A UUID; anything else is replaced.').optional(),
  })
  .meta(withText);

export const ticketResolvedSchema = z
  .object({
    tenant_id: tenantId,
    ticket_id: ticketId,
    subject: text.optional(),
    description: text.optional(),
    resolution: text.describe('Plain text or HTML. A ticket without one is accepted and not stored.').optional(),
    resolved_at: time.optional(),
    tags: z
      .union([z.array(z.string()), z.string(), z.null()])
      .describe('The first 32 are used.')
      .optional(),
  })
  .meta(withText);

/** @throws {Rejection} `invalid_payload`, which names every field that cannot be mended */
export async function readTicketCreated(
  body: JsonObject,
  { priorities: own }: Pick<Tenant, 'priorities'>,
  nowMs: number,
): Promise<NewTicketReading> {
  const { mended, ...read } = accepted(await readNewTicket(body, { priorities: own, nowMs }));
  const { event } = body;
  const isOther = event !== undefined && event !== null && event !== 'ticket_created';
  return { ...read, mended: isOther ? ['event: is taken for ticket_created', ...mended] : mended };
}

/**
 * @returns a ticket without a resolution has an empty one
 * @throws {Rejection} `invalid_payload`, which names every field that cannot be mended
 */
export async function readTicketResolved(body: JsonObject, nowMs: number): Promise<Reading<ResolvedTicket>> {
  const { ticket, mended } = accepted(await readSolvedTicket(body, nowMs));
  return { ticket: { ...ticket, tags: [...ticket.tags] }, mended };
}

function accepted<R extends object>(reading: TicketReading<R>): R {
  if ('problems' in reading) throw new Rejection('invalid_payload', { errors: reading.problems });
  return reading;
}

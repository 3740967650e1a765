import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { schemesOf, signAs, signServiceDesk } from '../../src/api/signatures/sign.js';
import type { Tenant } from '../../src/tenants/index.js';

/** What the demo sends, and what it expects for it. */
export interface DemoRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expectedStatus: number;
  /** Of a ticket that is accepted: where its note will be. */
  readonly ticket: { readonly tenant: Tenant; readonly ticketId: string } | undefined;
}

const sampleSchema = z.array(
  z.object({ tenant_id: z.string(), subject: z.string(), description: z.string(), priority: z.string() }),
);
type Sample = z.infer<typeof sampleSchema>[number];

const samples = sampleSchema.parse(
  JSON.parse(readFileSync(new URL('../../demo/tickets.json', import.meta.url), 'utf8')),
);

/** By one of the tenant's schemes, which take turns. */
function signedBy({ webhook }: Tenant, turn: number, body: string): Readonly<Record<string, string>> {
  const schemes = schemesOf(webhook);
  const scheme = schemes[turn % schemes.length];
  const delivery = { id: `msg_${randomUUID()}`, timestampSeconds: Date.now() / 1000 };
  return (scheme && signAs(webhook, scheme, body, delivery)) ?? {};
}

/** One in so many is not as it should be. */
export const invalidEach = 10;

/** Not always the last one: the samples' tenants take turns, and it would be the same tenant's each time. */
function isInvalid(index: number): boolean {
  const ten = Math.floor(index / invalidEach);
  return index % invalidEach === invalidEach - 1 - (ten % 2);
}

/**
 * The samples are tickets of the demo tenants, who get their own; any other tenants get all of them in turn.
 *
 * @param tenants the active ones; at least one
 * @param index of the request in the stream
 * @param run makes the ticket ids of one demo differ from another's
 */
export function demoRequest(tenants: readonly Tenant[], index: number, run: string): DemoRequest {
  const sample = samples[index % samples.length];
  const tenant = tenants.find(({ id }) => id === sample?.tenant_id) ?? tenants[index % tenants.length];
  if (sample === undefined || tenant === undefined) throw new Error('there are no samples, or no tenants');
  const ticketId = `DEMO-${run}-${index}`;
  const fields = toFields({ ...sample, tenant_id: tenant.id }, ticketId);
  if (isInvalid(index)) return invalidRequest(tenant, index, fields);
  const body = JSON.stringify(fields);
  return {
    body,
    headers: signedBy(tenant, index, body),
    expectedStatus: 202,
    ticket: { tenant, ticketId },
  };
}

function toFields({ tenant_id, subject, description, priority }: Sample, ticket_id: string) {
  return {
    event: 'ticket_created',
    tenant_id,
    ticket_id,
    subject,
    description,
    priority,
    created_at: new Date().toISOString(),
  };
}

/** Wrong in one of three ways. */
function invalidRequest(tenant: Tenant, index: number, fields: ReturnType<typeof toFields>): DemoRequest {
  const bodies = [JSON.stringify(fields), JSON.stringify({ ...fields, ticket_id: 'not a ticket' }), '{"event":'];
  const kind = Math.floor(index / invalidEach) % bodies.length;
  const body = bodies[kind] ?? '';
  return {
    body,
    headers: kind === 0 ? signServiceDesk('a-secret-of-nobody', body) : signedBy(tenant, index, body),
    expectedStatus: [401, 422, 400][kind] ?? 400,
    ticket: undefined,
  };
}

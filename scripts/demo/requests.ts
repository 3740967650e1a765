import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { signServiceDesk, signStandardWebhook } from '../../src/api/signatures/sign.js';

/** What the demo sends, and what it expects for it. */
export interface DemoRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expectedStatus: number;
  /** Of a ticket that is accepted: where its note will be. */
  readonly ticket: { readonly tenantId: string; readonly ticketId: string } | undefined;
}

const sampleSchema = z.array(
  z.object({ tenant_id: z.string(), subject: z.string(), description: z.string(), priority: z.string() }),
);
type Sample = z.infer<typeof sampleSchema>[number];

const samples = sampleSchema.parse(
  JSON.parse(readFileSync(new URL('../../demo/tickets.json', import.meta.url), 'utf8')),
);

function secretOf(tenantId: string): string {
  return `demo-secret-${tenantId}`;
}

/** The three ways of signing, taken in turn. */
const signers: readonly ((tenantId: string, body: string) => Record<string, string>)[] = [
  (tenantId, body) =>
    signStandardWebhook(secretOf(tenantId), body, { id: `msg_${randomUUID()}`, timestampSeconds: Date.now() / 1000 }),
  (tenantId, body) => signServiceDesk(secretOf(tenantId), body),
  (tenantId) => ({ 'x-desk-token': secretOf(tenantId) }),
];

/** One in so many is not as it should be. */
export const invalidEach = 10;

/** Not always the last one: the samples' tenants take turns, and it would be the same tenant's each time. */
function isInvalid(index: number): boolean {
  const ten = Math.floor(index / invalidEach);
  return index % invalidEach === invalidEach - 1 - (ten % 2);
}

/** @param index of the request in the stream; run makes the ticket ids of one demo differ from another's */
export function demoRequest(index: number, run: string): DemoRequest {
  const sample = samples[index % samples.length];
  if (sample === undefined) throw new Error('demo/tickets.json has no tickets');
  const ticketId = `DEMO-${run}-${index}`;
  const fields = toFields(sample, ticketId);
  if (isInvalid(index)) return invalidRequest(index, fields);
  const body = JSON.stringify(fields);
  const sign = signers[index % signers.length];
  return {
    body,
    headers: sign?.(sample.tenant_id, body) ?? {},
    expectedStatus: 202,
    ticket: { tenantId: sample.tenant_id, ticketId },
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
function invalidRequest(index: number, fields: ReturnType<typeof toFields>): DemoRequest {
  const bodies = [JSON.stringify(fields), JSON.stringify({ ...fields, priority: 'whenever' }), '{"event":'];
  const kind = Math.floor(index / invalidEach) % bodies.length;
  const body = bodies[kind] ?? '';
  const signer = kind === 0 ? 'a-secret-of-nobody' : fields.tenant_id;
  return {
    body,
    headers: signServiceDesk(secretOf(signer), body),
    expectedStatus: [401, 422, 400][kind] ?? 400,
    ticket: undefined,
  };
}

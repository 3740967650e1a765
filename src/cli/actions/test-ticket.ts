import { readFileSync } from 'node:fs';
import { type SigningScheme, schemesOf, signAs } from '../../api/signatures/sign.js';
import { messageOf } from '../../logging/describe-error.js';
import type { Tenant, Tenants } from '../../tenants/index.js';
import { CliError } from '../cli-error.js';
import { findTenant } from '../configuration.js';

/** The body that `send` and `sign` sign. Its options: commands/ticket-options.ts. */
export interface TicketOptions {
  readonly tenant?: string;
  readonly scheme?: SigningScheme;
  /** `-`: stdin. */
  readonly file?: string;
  readonly ticket?: string;
  readonly subject?: string;
  readonly description?: string;
  readonly priority?: string;
}

export interface SignedTicket {
  readonly tenant: Tenant;
  readonly scheme: SigningScheme;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** @throws {CliError} */
export function signTicket(tenants: Tenants, options: TicketOptions, nowMs: number): SignedTicket {
  const given = options.file === undefined ? undefined : readBody(options.file);
  const tenant = findTenant(tenants, options.tenant ?? tenantOf(given, options.file, tenants));
  const body = given ?? Buffer.from(JSON.stringify(testTicket(tenant.id, options, nowMs)));
  const has = schemesOf(tenant.webhook);
  const scheme = options.scheme ?? has[0] ?? 'standard';
  const delivery = { id: `msg_${crypto.randomUUID()}`, timestampSeconds: nowMs / 1000 };
  const headers = signAs(tenant.webhook, scheme, body, delivery);
  if (has.length === 0) {
    const advice = 'Create a ticket on the desk, or give the tenant another scheme.';
    throw new CliError('USAGE', 'usage', `Tenant ${tenant.id} takes webhooks of its desk alone. ${advice}`);
  }
  if (headers === undefined) {
    throw new CliError('USAGE', 'usage', `Tenant ${tenant.id} does not sign by ${scheme}; it has ${has.join(', ')}.`);
  }
  return { tenant, scheme, body, headers: { 'content-type': 'application/json', ...headers } };
}

/** The tenant of a body; a test ticket is the first tenant's. */
function tenantOf(body: Buffer | undefined, file: string | undefined, tenants: Tenants): string {
  if (body === undefined) return tenants.all()[0]?.id ?? '';
  const id = fieldIn(body, 'tenant_id');
  if (id !== undefined) return id;
  const where = file === '-' ? 'stdin' : file;
  const what = body.length === 0 ? 'is empty' : 'has no tenant_id';
  const advice = 'Add it to the body, or give the tenant with --tenant.';
  throw new CliError(
    'USAGE',
    'usage',
    `The body from ${where} ${what}, so the tenant whose secret signs it is unknown. ${advice}`,
  );
}

/** Of its words, those that are given are all: the default ones would be searched as well, and find other sources. */
function testTicket(tenantId: string, { ticket, subject, description, priority }: TicketOptions, nowMs: number) {
  const words = subject === undefined && description === undefined ? vpnTicket : { subject, description };
  return {
    event: 'ticket_created',
    tenant_id: tenantId,
    ticket_id: ticket ?? `TEST-${nowMs.toString(36).toUpperCase()}`,
    ...words,
    priority: priority ?? 'medium',
    created_at: new Date(nowMs).toISOString(),
  };
}

const vpnTicket = {
  subject: 'VPN drops every hour',
  description: 'My VPN connection drops about once an hour and I have to sign in again. Wi-Fi stays up.',
};

function readBody(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new CliError('USAGE', 'usage', `The body cannot be read from ${file}: ${unreadable(error)}.`, {
      cause: error,
    });
  }
}

function unreadable(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EISDIR':
      return 'this is a folder';
    case 'EACCES':
      return 'this user may not read it';
    default:
      return messageOf(error);
  }
}

/** A field of the body. Undefined if the body is not JSON, which may be sent on purpose. */
export function fieldIn(body: Buffer, field: 'tenant_id' | 'ticket_id'): string | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
    return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
  } catch {
    return undefined;
  }
}

import type { IncomingHttpHeaders } from 'node:http';
import type { DeskSignature, DeskWithWebhook } from '../../connectors/desks/index.js';
import { type Tenant, tenantIdPattern } from '../../tenants/index.js';
import { defaultTokenHeader, serviceDeskHeader } from './authenticate.js';
import { readBodySignature } from './body-signature.js';
import { deskSignatureHeaders, type DeskHmacReading, readDeskHmac } from './desk-signature.js';
import { headerOf } from './received-request.js';
import { longestId, readStandardWebhook, type SignatureFault, toleranceSeconds } from './standard-webhooks.js';

/** A request that {@link authenticate} refused. */
export interface RefusedRequest {
  /** The body's `tenant_id`, or that of a desk's address, unchecked. */
  readonly tenantId: unknown;
  /** Undefined: no tenant has this id. */
  readonly tenant: Tenant | undefined;
  /** Whose address it came to. Undefined: the service's own. */
  readonly desk?: DeskWithWebhook | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly nowSeconds: number;
}

/**
 * Why a request is refused: which header, field or clock. For the log alone. Called after the answer has been written, so
 * that neither the answer nor its time depends on the reason. Quotes no header's value.
 */
export function explainRefusal(request: RefusedRequest): string {
  const { tenantId, tenant, desk, headers } = request;
  if (tenant === undefined) return unknownTenant(tenantId);
  if (desk !== undefined && tenant.desk.type !== desk.type) {
    return `Tenant ${tenant.id} has a ${tenant.desk.type} desk, and this address is for ${desk.type}.`;
  }
  const found = [
    ...(desk?.webhook.signatures ?? []).map((one, i) =>
      deskSignature(tenant, one, tenant.webhook.deskSignature?.[i]?.secrets, request),
    ),
    standardWebhooks(tenant.id, 'standard_webhooks', tenant.webhook.standardWebhooks?.secrets, request),
    serviceDesk(tenant, headers),
    staticToken(tenant, headers),
  ].filter((problem) => problem !== undefined);
  if (found.length > 0) return `${found.join('; ')}.`;
  return `The request carries no signature: tenant ${tenant.id} takes ${[...new Set([...deskHeadersOf(tenant, desk), ...headersOf(tenant)])].join(' or ')}.`;
}

function deskHeadersOf({ webhook }: Tenant, desk: DeskWithWebhook | undefined): string[] {
  if (desk === undefined || webhook.deskSignature === undefined) return [];
  return desk.webhook.signatures.map((signature) => deskSignatureHeaders(signature)[0] ?? '');
}

function unknownTenant(tenantId: unknown): string {
  if (tenantId === undefined) return 'The body has no tenant_id.';
  if (typeof tenantId !== 'string' || !tenantIdPattern.test(tenantId)) {
    return 'tenant_id must be 1 to 32 of a-z, 0-9, _ and -, beginning with a letter or digit.';
  }
  return `This service has no tenant ${tenantId}; \`ticket-enhancer tenants list\` names those that it has.`;
}

function headersOf({ webhook: { standardWebhooks, servicedeskSignature, staticToken } }: Tenant): string[] {
  return [
    ...(standardWebhooks ? ['webhook-signature'] : []),
    ...(servicedeskSignature ? [serviceDeskHeader] : []),
    ...(staticToken ? [staticToken.header] : []),
  ];
}

/** Undefined: the request does not use the scheme. */
type Problem = string | undefined;

function standardWebhooks(
  tenantId: string,
  scheme: 'standard_webhooks' | 'desk_signature',
  secrets: readonly Buffer[] | undefined,
  { headers, nowSeconds }: RefusedRequest,
): Problem {
  const reading = readStandardWebhook(headers, nowSeconds);
  if (reading.kind === 'absent') return undefined;
  if (secrets === undefined) return notConfigured('webhook-signature', tenantId, scheme);
  if (reading.kind !== 'read') return faultInWords(reading, nowSeconds);
  return `webhook-signature does not match ${secretsTried(secrets)} of ${scheme} for this id, timestamp and body`;
}

/** @param signature one of the desk's, with the tenant's secrets for it */
function deskSignature(
  { id, webhook }: Tenant,
  signature: DeskSignature,
  secrets: readonly Buffer[] | undefined,
  request: RefusedRequest,
): Problem {
  const { headers, nowSeconds } = request;
  if (signature.scheme === 'standard-webhooks') {
    // The generic scheme is explained by itself, where the tenant has it.
    return webhook.standardWebhooks ? undefined : standardWebhooks(id, 'desk_signature', secrets, request);
  }
  const { header } = signature;
  const reading: DeskHmacReading =
    signature.scheme === 'hmac'
      ? readDeskHmac(signature, headers, nowSeconds)
      : { kind: (headers[header] ?? '') === '' ? 'absent' : 'read', hmac: Buffer.alloc(0), timestamp: undefined };
  if (reading.kind === 'absent') return undefined;
  if (reading.kind !== 'read') return faultInWords(reading, nowSeconds);
  if (secrets === undefined) return notConfigured(header, id, 'desk_signature');
  return `${header} does not match ${secretsTried(secrets)} of desk_signature${signature.scheme === 'hmac' ? ' for the bytes of this body, which no proxy may rewrite' : ''}`;
}

type PresentFault = Exclude<SignatureFault, { kind: 'absent' }>;

function faultInWords(fault: PresentFault, nowSeconds: number): string {
  switch (fault.kind) {
    case 'missing':
      return `${fault.header} is missing`;
    case 'malformed':
      return `${fault.header} ${formOf(fault.header)}`;
    case 'clock':
      return clockInWords(fault.header, fault.sentSeconds, nowSeconds);
  }
}

function formOf(header: string): string {
  if (!/^(?:webhook|svix)-/.test(header)) return "has another form than this desk's";
  if (header.endsWith('-id')) return `has more than ${longestId} characters`;
  if (header.endsWith('-timestamp')) return 'is not a whole number of seconds since 1970';
  return 'has no entry of the form v1,<base64 of 32 bytes>';
}

/** As seconds this is the year 5138, as milliseconds 1973. */
const surelyMilliseconds = 1e11;

function clockInWords(header: string, sentSeconds: number, nowSeconds: number): string {
  if (sentSeconds > surelyMilliseconds) return `${header} is in milliseconds, and must be in seconds`;
  const apart = Math.floor(nowSeconds) - sentSeconds;
  const clock = `the clock of this server (${new Date(Math.floor(nowSeconds) * 1000).toISOString()})`;
  const side = apart > 0 ? 'behind' : 'ahead of';
  return `${header} is ${Math.abs(apart)} s ${side} ${clock}, and ${toleranceSeconds} s are allowed: compare the clocks, and sign each delivery when it is sent`;
}

function serviceDesk({ id, webhook }: Tenant, headers: IncomingHttpHeaders): Problem {
  const value = headerOf(headers, serviceDeskHeader);
  if (value === '') return undefined;
  const secrets = webhook.servicedeskSignature?.secrets;
  if (secrets === undefined) return notConfigured(serviceDeskHeader, id, 'servicedesk_signature');
  if (readBodySignature(value) === undefined) {
    return `${serviceDeskHeader} is neither 64 hexadecimal digits nor base64 of 32 bytes, with or without sha256= before them`;
  }
  return `${serviceDeskHeader} does not match ${secretsTried(secrets)} of servicedesk_signature for the bytes of this body, which no proxy may rewrite`;
}

function staticToken({ id, webhook }: Tenant, headers: IncomingHttpHeaders): Problem {
  const own = webhook.staticToken;
  const sent = (name: string): boolean => headers[name] !== undefined && headers[name] !== '';
  if (own !== undefined && sent(own.header)) {
    return `${own.header} does not match ${secretsTried(own.secrets)} of static_token`;
  }
  if (!sent(defaultTokenHeader)) return undefined;
  if (own === undefined) return notConfigured(defaultTokenHeader, id, 'static_token');
  return `${defaultTokenHeader} was sent, but tenant ${id} has its token in ${own.header}`;
}

function notConfigured(header: string, tenantId: string, scheme: string): string {
  return `${header} was sent, but tenant ${tenantId} has no ${scheme}`;
}

function secretsTried(secrets: readonly Buffer[]): string {
  return secrets.length > 1 ? 'either secret (the newest, the older)' : 'the secret';
}

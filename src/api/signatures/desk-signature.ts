import type { IncomingHttpHeaders } from 'node:http';
import type { DeskSignature } from '../../connectors/desks/index.js';
import { bodyDelivery, type Delivery, standardDelivery } from './delivery.js';
import { verifyHmac } from './hmac.js';
import { headerOf, type ReceivedRequest } from './received-request.js';
import {
  readStandardWebhook,
  type SignatureFault,
  standardSignatureHeaders,
  toleranceSeconds,
  verifyStandardWebhook,
} from './standard-webhooks.js';
import { verifyToken } from './static-token.js';

/** Verifies the signatures that desks declare (src/connectors/desks/desk-webhook.ts). */

/** The headers, in lower case, of which a request needs one to be signed in this way. */
export function deskSignatureHeaders(signature: DeskSignature): readonly string[] {
  return signature.scheme === 'standard-webhooks' ? standardSignatureHeaders : [signature.header];
}

/**
 * The work depends on the request alone, not on a secret.
 *
 * @param secrets undefined: the tenant is not known, or has none for this signature
 * @returns undefined if the request is not signed with any of the secrets
 */
export function verifyDeskSignature(
  signature: DeskSignature,
  secrets: readonly Buffer[] | undefined,
  { headers, body, nowSeconds }: ReceivedRequest,
): Delivery | undefined {
  switch (signature.scheme) {
    case 'hmac': {
      const reading = readDeskHmac(signature, headers, nowSeconds);
      if (reading.kind !== 'read') return undefined;
      const content = reading.timestamp === undefined ? [body] : [reading.timestamp, body];
      return verifyHmac(secrets, content, [reading.hmac], signature.algorithm) ? bodyDelivery(body) : undefined;
    }
    case 'standard-webhooks': {
      const reading = readStandardWebhook(headers, nowSeconds);
      if (reading.kind !== 'read') return undefined;
      return verifyStandardWebhook(reading.webhook, body, secrets) ? standardDelivery(reading.webhook.id) : undefined;
    }
    case 'token':
      return verifyToken(secrets, headerOf(headers, signature.header)) ? bodyDelivery(body) : undefined;
  }
}

type Hmac = Extract<DeskSignature, { scheme: 'hmac' }>;

export type DeskHmacReading =
  | { readonly kind: 'read'; readonly hmac: Buffer; readonly timestamp: string | undefined }
  | SignatureFault;

const hmacBytes = { sha256: 32, sha1: 20 } as const;
/** Base64 of 32 and of 20 bytes. */
const base64Form = /^(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{27}=)$/;
const hexForm = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;

/** RFC 3339 with a zone. */
const timestampForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

export function readDeskHmac(
  { header, prefix = '', encoding, algorithm, timestampHeader }: Hmac,
  headers: IncomingHttpHeaders,
  nowSeconds: number,
): DeskHmacReading {
  const value = headerOf(headers, header).trim();
  if (value === '') return { kind: 'absent' };
  const text = value.toLowerCase().startsWith(prefix) ? value.slice(prefix.length).trim() : value;
  const isWellFormed = (encoding === 'hex' ? hexForm : base64Form).test(text);
  const hmac = Buffer.from(isWellFormed ? text : '', encoding);
  if (hmac.length !== hmacBytes[algorithm]) return { kind: 'malformed', header };
  if (timestampHeader === undefined) return { kind: 'read', hmac, timestamp: undefined };
  const timestamp = headerOf(headers, timestampHeader);
  if (timestamp === '') return { kind: 'missing', header: timestampHeader };
  const sentSeconds = timestampForm.test(timestamp) ? Math.floor(Date.parse(timestamp) / 1000) : Number.NaN;
  if (Number.isNaN(sentSeconds)) return { kind: 'malformed', header: timestampHeader };
  if (Math.abs(Math.floor(nowSeconds) - sentSeconds) > toleranceSeconds) {
    return { kind: 'clock', header: timestampHeader, sentSeconds };
  }
  return { kind: 'read', hmac, timestamp };
}

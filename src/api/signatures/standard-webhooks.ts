import type { IncomingHttpHeaders } from 'node:http';
import { verifyHmac } from './hmac.js';
import { headerOf } from './received-request.js';

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */

export const toleranceSeconds = 300;

/** Signatures of one request that are verified; a sender has one for each of its live secrets. */
const signaturesRead = 4;

/** Characters. Only a hash of the id is stored, so the exact bound does not matter. */
export const longestId = 256;

/** The prefixes of the headers: the standard's, and that of Svix, from which it comes. */
const prefixes = ['webhook', 'svix'] as const;

const headerNames = prefixes.map((prefix) => {
  const [id, timestamp, signature] = [`${prefix}-id`, `${prefix}-timestamp`, `${prefix}-signature`];
  return { id, timestamp, signature, all: [id, timestamp, signature] };
});

export const standardSignatureHeaders: readonly string[] = headerNames.map(({ signature }) => signature);

export interface StandardWebhook {
  readonly id: string;
  readonly timestamp: string;
  readonly signatures: readonly Buffer[];
}

/** Why a request's headers are not valid under any secret. */
export type SignatureFault =
  /** The request carries none of the headers. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'missing' | 'malformed'; readonly header: string }
  | { readonly kind: 'clock'; readonly header: string; readonly sentSeconds: number };

export type StandardWebhookReading = { readonly kind: 'read'; readonly webhook: StandardWebhook } | SignatureFault;

/** An HMAC-SHA256 in base64. Node's decoder would ignore other characters. */
const signatureForm = /(?<![^\s,])v1,([A-Za-z0-9+/]{43}=)(?![^\s,])/g;

/** The header names of the first prefix with all three headers; else, to report the missing one, of the first with any. */
function namesOf(headers: IncomingHttpHeaders) {
  const isThere = (name: string): boolean => headerOf(headers, name) !== '';
  const given = headerNames.filter(({ all }) => all.some(isThere));
  return given.find(({ all }) => all.every(isThere)) ?? given[0];
}

/** The work depends on the request alone, not on a secret. */
export function readStandardWebhook(headers: IncomingHttpHeaders, nowSeconds: number): StandardWebhookReading {
  const names = namesOf(headers);
  if (names === undefined) return { kind: 'absent' };
  const missing = names.all.find((name) => headerOf(headers, name) === '');
  if (missing !== undefined) return { kind: 'missing', header: missing };
  const [id, timestamp] = [headerOf(headers, names.id), headerOf(headers, names.timestamp)];
  if (id.length > longestId) return { kind: 'malformed', header: names.id };
  if (!/^\d{1,15}$/.test(timestamp)) return { kind: 'malformed', header: names.timestamp };
  const sentSeconds = Number(timestamp);
  // Whole seconds, like the sender's timestamp: one that is 300 s old is accepted until its 301st second begins.
  if (Math.abs(Math.floor(nowSeconds) - sentSeconds) > toleranceSeconds) {
    return { kind: 'clock', header: names.timestamp, sentSeconds };
  }
  // Separated by spaces, and by commas where a proxy joined several headers.
  const signatures = [...headerOf(headers, names.signature).matchAll(signatureForm)]
    .slice(0, signaturesRead)
    .map(([, one = '']) => Buffer.from(one, 'base64'));
  if (signatures.length === 0) return { kind: 'malformed', header: names.signature };
  return { kind: 'read', webhook: { id, timestamp, signatures } };
}

export function verifyStandardWebhook(
  { id, timestamp, signatures }: StandardWebhook,
  body: Buffer,
  secrets: readonly Buffer[] | undefined,
): boolean {
  return verifyHmac(secrets, [`${id}.${timestamp}.`, body], signatures);
}

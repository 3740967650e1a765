import type { IncomingHttpHeaders } from 'node:http';
import { verifyHmac } from './hmac.js';

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */

const toleranceSeconds = 300;

/** Signatures looked at; a sender has one for each of its live secrets. */
const signaturesRead = 4;

/** Longest id that is taken; it is hashed into the job's id, so the length is only a matter of courtesy. */
const longestId = 256;

/** The scheme's own names, and those that Svix gave the same headers before. */
const prefixes = ['webhook', 'svix'] as const;

export const standardSignatureHeaders: readonly string[] = prefixes.map((prefix) => `${prefix}-signature`);

export interface StandardWebhook {
  readonly id: string;
  readonly timestamp: string;
  readonly signatures: readonly Buffer[];
}

/** An HMAC-SHA256 in base64. Node's decoder would pass over whatever else stands in between. */
const signatureForm = /^v1,([A-Za-z0-9+/]{43}=)$/;

/** @returns undefined when the request does not carry this scheme, or not in a form that could be right */
export function readStandardWebhook(headers: IncomingHttpHeaders, nowSeconds: number): StandardWebhook | undefined {
  const prefix = prefixes.find((one) => headers[`${one}-signature`] !== undefined);
  const id = headers[`${prefix}-id`];
  const timestamp = headers[`${prefix}-timestamp`];
  const signature = headers[`${prefix}-signature`];
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string') return undefined;
  if (id === '' || id.length > longestId || !/^\d{1,15}$/.test(timestamp)) return undefined;
  // Whole seconds, as the sender's: one that is 300 s old is taken during all of its last second.
  if (Math.abs(Math.floor(nowSeconds) - Number(timestamp)) > toleranceSeconds) return undefined;
  const signatures = signature
    .split(' ')
    .flatMap((one) => signatureForm.exec(one)?.[1] ?? [])
    .slice(0, signaturesRead)
    .map((one) => Buffer.from(one, 'base64'));
  return signatures.length === 0 ? undefined : { id, timestamp, signatures };
}

export function verifyStandardWebhook(
  { id, timestamp, signatures }: StandardWebhook,
  body: Buffer,
  secrets: readonly Buffer[] | undefined,
): boolean {
  return verifyHmac(secrets, [`${id}.${timestamp}.`, body], signatures);
}

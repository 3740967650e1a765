import { createHmac } from 'node:crypto';
import type { WebhookSchemes } from '../../tenants/index.js';

/** Signs requests as a help desk does: the counterpart of {@link authenticate}, for the command line, the demo and tests. */

export const signingSchemes = ['standard', 'servicedesk', 'token'] as const;
export type SigningScheme = (typeof signingSchemes)[number];

type Bytes = string | Buffer;

/**
 * Standard Webhooks.
 *
 * @param id of the delivery; a request with the same id is a repetition of it
 * @param timestampSeconds since the epoch; refused if it is more than 300 s from the receiver's clock
 */
export function signStandardWebhook(
  key: Bytes,
  body: Bytes,
  { id, timestampSeconds }: { readonly id: string; readonly timestampSeconds: number },
): Record<string, string> {
  const timestamp = String(Math.floor(timestampSeconds));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

export function signServiceDesk(key: Bytes, body: Bytes): Record<string, string> {
  return { 'x-servicedesk-signature': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` };
}

/** The schemes that a tenant has, strongest first. */
export function schemesOf(webhook: WebhookSchemes): SigningScheme[] {
  const has: Readonly<Record<SigningScheme, boolean>> = {
    standard: webhook.standardWebhooks !== undefined,
    servicedesk: webhook.servicedeskSignature !== undefined,
    token: webhook.staticToken !== undefined,
  };
  return signingSchemes.filter((scheme) => has[scheme]);
}

/**
 * The headers that sign a body for a tenant, with its newest secret.
 *
 * @returns undefined when the tenant does not have that scheme
 */
export function signAs(
  webhook: WebhookSchemes,
  scheme: SigningScheme,
  body: Bytes,
  delivery: { readonly id: string; readonly timestampSeconds: number },
): Record<string, string> | undefined {
  switch (scheme) {
    case 'standard': {
      const key = webhook.standardWebhooks?.secrets[0];
      return key && signStandardWebhook(key, body, delivery);
    }
    case 'servicedesk': {
      const key = webhook.servicedeskSignature?.secrets[0];
      return key && signServiceDesk(key, body);
    }
    case 'token': {
      const { header, secrets: [token] = [] } = webhook.staticToken ?? {};
      return header === undefined || token === undefined ? undefined : { [header]: token.toString('latin1') };
    }
  }
}

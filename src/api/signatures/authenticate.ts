import type { DeskWithWebhook } from '../../connectors/desks/index.js';
import type { Tenant } from '../../tenants/index.js';
import { readBodySignature } from './body-signature.js';
import { bodyDelivery, type Delivery, standardDelivery } from './delivery.js';
import { deskSignatureHeaders, verifyDeskSignature } from './desk-signature.js';
import { verifyHmac } from './hmac.js';
import { headerOf, type ReceivedRequest } from './received-request.js';
import { readStandardWebhook, standardSignatureHeaders, verifyStandardWebhook } from './standard-webhooks.js';
import { verifyToken } from './static-token.js';

/** The token header of the demo tenants; also read where the tenant is unknown or has no static token. */
export const defaultTokenHeader = 'x-desk-token';

export const serviceDeskHeader = 'x-servicedesk-signature';

/** The headers, in lower case, of which a request needs one to be signed as any of these tenants'. */
export function signatureHeaders(tenants: readonly Tenant[]): ReadonlySet<string> {
  return new Set(
    tenants.flatMap(({ webhook }) => [
      ...(webhook.deskSignature ?? []).flatMap(({ signature }) => deskSignatureHeaders(signature)),
      ...(webhook.standardWebhooks ? standardSignatureHeaders : []),
      ...(webhook.servicedeskSignature ? [serviceDeskHeader] : []),
      ...(webhook.staticToken ? [webhook.staticToken.header.toLowerCase()] : []),
    ]),
  );
}

/**
 * Verifies that a request is signed by the tenant, with any scheme that the tenant has. What is computed depends on the
 * request alone: the time is the same whether the tenant is known, and whichever schemes it has.
 *
 * @param tenant undefined: no tenant has the id
 * @param desk whose own signatures are accepted too. Default: none
 * @returns undefined if the request is not signed by the tenant
 */
export function authenticate(
  tenant: Tenant | undefined,
  request: ReceivedRequest,
  desk?: DeskWithWebhook,
): Delivery | undefined {
  const { headers, body, nowSeconds } = request;
  const schemes = tenant?.webhook;
  let delivery: Delivery | undefined;

  const header = schemes?.staticToken?.header ?? defaultTokenHeader;
  if (verifyToken(schemes?.staticToken?.secrets, headerOf(headers, header))) {
    delivery = bodyDelivery(body);
  }

  const signature = readBodySignature(headerOf(headers, serviceDeskHeader));
  if (signature !== undefined && verifyHmac(schemes?.servicedeskSignature?.secrets, [body], [signature])) {
    delivery = bodyDelivery(body);
  }

  for (const [i, signature] of (desk?.webhook.signatures ?? []).entries()) {
    const secrets = schemes?.deskSignature?.[i]?.secrets;
    delivery = verifyDeskSignature(signature, secrets, request) ?? delivery;
  }

  // Last, because an id that the sender gives takes precedence over a hash.
  const reading = readStandardWebhook(headers, nowSeconds);
  if (reading.kind === 'read' && verifyStandardWebhook(reading.webhook, body, schemes?.standardWebhooks?.secrets)) {
    delivery = standardDelivery(reading.webhook.id);
  }
  return delivery;
}

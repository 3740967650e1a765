/** Two tenants: one with a desk of its own over HTTP, one with the local desk. */
export const tenantIds = ['acme', 'globex'] as const;
export const deskTenant = 'acme';
export const tenantSecret = 'chaos-webhook-secret';
export const deskCredential = 'desk-secret';

const webhook = '{ servicedesk_signature: { secrets: ["env:WEBHOOK_SECRET"] } }';
const limits = '{ requests_per_minute: 1000000 }';

/** @param deskUrl undefined: both have the local desk */
export function tenantsFile(deskUrl: string | undefined): string {
  const desk =
    deskUrl === undefined
      ? '{ type: local }'
      : `{ type: servicedesk-plus, base_url: "${deskUrl}", credential: "env:DESK_CREDENTIAL", allow_private_network: true }`;
  return [
    'tenants:',
    `  - { id: acme, name: Acme, webhook: ${webhook}, limits: ${limits}, desk: ${desk} }`,
    `  - { id: globex, name: Globex, webhook: ${webhook}, limits: ${limits}, desk: { type: local } }`,
    '',
  ].join('\n');
}

export const tenantSecrets = { WEBHOOK_SECRET: tenantSecret, DESK_CREDENTIAL: deskCredential };

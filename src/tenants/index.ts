export { tenantIdPattern, type TenantsDocument, tenantsDocumentSchema } from './document.js';
export { type HeldBackTenants, holdBack } from './hold-back.js';
export { resolveTenants, resolveTenantsInForce } from './resolve-tenants.js';
export { type Found, longestToken } from './secrets.js';
export { type DeskSignatureSecrets, labelOfJob, type Tenant, type Tenants, type WebhookSchemes } from './tenant.js';
export { parseTenantsDocument, readTenantsDocument, TenantsError } from './tenants-file.js';

export { tenantIdPattern, tenantsDocumentSchema } from './document.js';
export { type HeldBackTenants, holdBack } from './hold-back.js';
export { resolveTenants, resolveTenantsInForce } from './resolve-tenants.js';
export { longestToken } from './secrets.js';
export { labelOfJob, type Tenant, type Tenants, type WebhookSchemes } from './tenant.js';
export { TenantsError } from './tenants-error.js';

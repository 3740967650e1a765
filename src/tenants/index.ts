export { tenantIdPattern, type TenantsDocument, tenantsDocumentSchema } from './document.js';
export { longestToken } from './secrets.js';
export { type DeskSettings, resolveTenants, type Tenant, type Tenants, type WebhookSchemes } from './tenants.js';
export { parseTenantsDocument, readTenantsDocument, TenantsError } from './tenants-file.js';

export {
  parseTenantsDocument,
  readTenantsDocument,
  tenantIdPattern,
  type TenantsDocument,
  TenantsError,
  tenantsDocumentSchema,
} from './document.js';
export { longestToken } from './secrets.js';
export { type DeskSettings, resolveTenants, type Tenant, type Tenants, type WebhookSchemes } from './tenants.js';

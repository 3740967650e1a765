export { tenantIdPattern, type TenantsDocument, tenantsDocumentSchema } from './document.js';
export { type HeldBackTenants, holdBack } from './hold-back.js';
export { type Found, longestToken } from './secrets.js';
export {
  type DeskSignatureSecrets,
  labelOfJob,
  resolveTenants,
  resolveTenantsInForce,
  type Tenant,
  type Tenants,
  type WebhookSchemes,
} from './tenants.js';
export { parseTenantsDocument, readTenantsDocument, TenantsError } from './tenants-file.js';

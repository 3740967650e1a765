import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type TenantDocument, type TenantsDocument, TenantsError } from './document.js';
import { resolveSecret, type SecretSources, webhookKey } from './secrets.js';

export type DeskSettings =
  | { readonly type: 'local' }
  | {
      readonly type: 'servicedesk-plus';
      readonly baseUrl: string;
      readonly deployment: 'on-premises' | 'cloud';
      readonly credential: string;
      readonly allowPrivateNetwork: boolean;
    };

export interface WebhookSchemes {
  /** Keys, newest first: one, or two while a secret is rotated. */
  readonly standardWebhooks?: { readonly secrets: readonly Buffer[] };
  readonly servicedeskSignature?: { readonly secrets: readonly Buffer[] };
  readonly staticToken?: { readonly header: string; readonly secrets: readonly Buffer[] };
}

/** One tenant, with its secrets at hand. Lives in a process's memory and nowhere else. */
export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly webhook: WebhookSchemes;
  readonly desk: DeskSettings;
  /** Absolute paths. */
  readonly knowledge?: { readonly path: string };
  readonly history?: { readonly path: string };
  readonly inventory?: { readonly path: string };
  readonly llm: { readonly model?: string };
  readonly limits: { readonly requestsPerMinute: number; readonly wordsPerNote: number };
}

export interface Tenants {
  get(id: string): Tenant | undefined;
  all(): readonly Tenant[];
  /** The tenant's id as a metric label: `unknown` for whoever is not configured, so that strangers make no series. */
  label(id: string): string;
}

const fromThisMachine: SecretSources = { env: process.env, readFile: (path) => readFileSync(path, 'utf8') };

/**
 * Resolves a document's references.
 *
 * @throws {TenantsError} which names every secret that is missing
 */
export function resolveTenants(document: TenantsDocument, sources: SecretSources = fromThisMachine): Tenants {
  const problems: string[] = [];
  const tenants = new Map<string, Tenant>();
  for (const one of document.tenants) {
    const secret = (reference: string): string => {
      const resolved = resolveSecret(reference, sources);
      if (!resolved.ok) problems.push(`tenant ${one.id}: ${resolved.problem}`);
      return resolved.ok ? resolved.value : '';
    };
    tenants.set(one.id, resolveTenant(one, document.baseFolder ?? process.cwd(), secret));
  }
  if (problems.length > 0) throw new TenantsError('The tenants’ configuration', problems);
  return {
    get: (id) => tenants.get(id),
    all: () => [...tenants.values()],
    label: (id) => (tenants.has(id) ? id : 'unknown'),
  };
}

function resolveTenant(one: TenantDocument, baseFolder: string, secret: (reference: string) => string): Tenant {
  const folder = (entry: { path: string } | undefined) =>
    entry ? { path: resolve(baseFolder, entry.path) } : undefined;
  const { standard_webhooks, servicedesk_signature, static_token } = one.webhook;
  const knowledge = folder(one.knowledge);
  const history = folder(one.history);
  const inventory = folder(one.inventory);
  return {
    id: one.id,
    name: one.name,
    active: one.active,
    webhook: {
      ...(standard_webhooks
        ? { standardWebhooks: { secrets: standard_webhooks.secrets.map((one) => webhookKey(secret(one))) } }
        : {}),
      ...(servicedesk_signature
        ? { servicedeskSignature: { secrets: servicedesk_signature.secrets.map((one) => Buffer.from(secret(one))) } }
        : {}),
      ...(static_token
        ? {
            staticToken: {
              header: static_token.header,
              secrets: static_token.secrets.map((one) => Buffer.from(secret(one))),
            },
          }
        : {}),
    },
    desk: resolveDesk(one.desk, secret),
    ...(knowledge ? { knowledge } : {}),
    ...(history ? { history } : {}),
    ...(inventory ? { inventory } : {}),
    llm: one.llm?.model === undefined ? {} : { model: one.llm.model },
    limits: { requestsPerMinute: one.limits.requests_per_minute, wordsPerNote: one.limits.words_per_note },
  };
}

function resolveDesk(desk: TenantDocument['desk'], secret: (reference: string) => string): DeskSettings {
  switch (desk.type) {
    case 'local':
      return { type: 'local' };
    case 'servicedesk-plus':
      return {
        type: 'servicedesk-plus',
        baseUrl: desk.base_url.replace(/\/+$/, ''),
        deployment: desk.deployment,
        credential: secret(desk.credential),
        allowPrivateNetwork: desk.allow_private_network,
      };
  }
}

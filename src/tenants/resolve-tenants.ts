import { resolve as resolvePath } from 'node:path';
import { usedBare } from '../config/bare-value.js';
import { deskKind, type DeskKind, type DeskSignature } from '../connectors/desks/index.js';
import { priorityKey } from '../intake/priority.js';
import type { TenantDocument, TenantsDocument } from './document.js';
import { createSecretReader, type SecretReader, secretsOfThisMachine } from './secret-reader.js';
import { type Found, type SecretSources, signatureKey, standardWebhookKey, staticToken } from './secrets.js';
import type { Tenant, Tenants, TenantSearchEngine, WebhookSchemes } from './tenant.js';
import { TenantsError } from './tenants-error.js';

/**
 * Resolves a document's references.
 *
 * @param given where secrets are. Default: the environment, `.env` and files of this machine, read again at each use
 * @param onWarning called once for each secret that was stripped, and for settings without effect. Default: no warnings
 * @throws {TenantsError} which names every secret that is missing
 */
export function resolveTenants(
  document: TenantsDocument,
  given?: SecretSources,
  onWarning?: (sentence: string) => void,
): Tenants {
  return resolve(document, given, onWarning, false);
}

/**
 * The same for a child, after the primary has validated the document. If a desk's credential cannot be read, as while it is
 * renewed, the jobs of that desk are deferred; the child starts and serves all others.
 */
export function resolveTenantsInForce(document: TenantsDocument, given?: SecretSources): Tenants {
  return resolve(document, given, undefined, true);
}

function resolve(
  document: TenantsDocument,
  given: SecretSources | undefined,
  onWarning: ((sentence: string) => void) | undefined,
  renewableMayBeMissing: boolean,
): Tenants {
  const current = (): SecretSources => given ?? secretsOfThisMachine();
  const initial = current();
  const problems = new Set<string>();
  const stripped = new Set<string>();
  const tenants = new Map<string, Tenant>();
  for (const one of document.tenants) {
    const secrets = createSecretReader({
      initial,
      current,
      onProblem: (problem) => void problems.add(`Tenant ${one.id}, ${problem}.`),
      onStripped: (reference) => void stripped.add(reference),
      renewableMayBeMissing,
    });
    if (one.webhook.desk_signature && deskKind(one.desk.type).webhook === undefined) {
      const unused = 'webhook.desk_signature is not used: a desk of that type has no webhook of its own';
      onWarning?.(`Tenant ${one.id} (${one.desk.type}): ${unused}.`);
    }
    tenants.set(one.id, resolveTenant(one, document.baseFolder ?? process.cwd(), secrets));
  }
  if (problems.size > 0) throw new TenantsError('The tenants’ configuration', [...problems]);
  for (const reference of stripped) {
    onWarning?.(`The secret ${reference} ${usedBare}`);
  }
  return {
    get: (id) => tenants.get(id),
    all: () => [...tenants.values()],
    label: (id) => (tenants.has(id) ? id : 'unknown'),
  };
}

function resolveTenant(one: TenantDocument, baseFolder: string, secrets: SecretReader): Tenant {
  const folder = (path: string | undefined) =>
    path === undefined ? undefined : { path: resolvePath(baseFolder, path) };
  const knowledge = folder(one.knowledge?.path);
  const history = folder(one.history?.path);
  const inventory = folder(one.inventory?.path);
  const searchEngine = searchEngineOf(one.history, secrets);
  const kind = deskKind(one.desk.type);
  return {
    id: one.id,
    name: one.name,
    active: one.active,
    webhook: webhookOf(one.webhook, kind, secrets),
    desk: kind.open(one.desk, secrets),
    ...(knowledge ? { knowledge } : {}),
    ...(history ? { history } : {}),
    ...(inventory ? { inventory } : {}),
    ...(searchEngine ? { searchEngine } : {}),
    llm: {
      ...(one.llm.model === undefined ? {} : { model: one.llm.model }),
      whenUnavailable: one.llm.when_unavailable,
      ...(one.llm.rerank ? { rerank: true } : {}),
    },
    notes: {
      language: one.language,
      whenNothingFound: one.notes.when_nothing_found,
      style: one.notes.style,
      links: one.links,
    },
    priorities: new Map(Object.entries(one.priorities).map(([name, priority]) => [priorityKey(name), priority])),
    limits: { requestsPerMinute: one.limits.requests_per_minute, wordsPerNote: one.limits.words_per_note },
  };
}

function webhookOf(
  { standard_webhooks, servicedesk_signature, static_token, desk_signature }: TenantDocument['webhook'],
  { webhook }: DeskKind,
  secrets: SecretReader,
): WebhookSchemes {
  const keys = (
    scheme: keyof TenantDocument['webhook'],
    references: readonly string[],
    toKey: (secret: string) => Found<Buffer>,
  ) => secrets.keys(`webhook.${scheme}.secrets`, references, toKey);
  const schemes: { -readonly [Scheme in keyof WebhookSchemes]: WebhookSchemes[Scheme] } = {};
  if (standard_webhooks) {
    schemes.standardWebhooks = { secrets: keys('standard_webhooks', standard_webhooks.secrets, standardWebhookKey) };
  }
  if (servicedesk_signature) {
    schemes.servicedeskSignature = {
      secrets: keys('servicedesk_signature', servicedesk_signature.secrets, signatureKey),
    };
  }
  if (static_token) {
    const { header } = static_token;
    schemes.staticToken = { header, secrets: keys('static_token', static_token.secrets, staticToken) };
  }
  if (desk_signature && webhook) {
    schemes.deskSignature = webhook.signatures.map((signature) => ({
      signature,
      secrets: keys('desk_signature', desk_signature.secrets, keyOf(signature)),
    }));
  }
  return schemes;
}

function keyOf(signature: DeskSignature): (secret: string) => Found<Buffer> {
  switch (signature.scheme) {
    case 'hmac':
      return (secret) => signatureKey(secret, signature.algorithm);
    case 'standard-webhooks':
      return standardWebhookKey;
    case 'token':
      return staticToken;
  }
}

function searchEngineOf(
  history: TenantDocument['history'],
  secrets: Pick<SecretReader, 'renewable'>,
): TenantSearchEngine | undefined {
  if (history?.url === undefined || history.index === undefined) return undefined;
  const { url, index, credential, allow_private_network = false } = history;
  return {
    url,
    index,
    allowPrivateNetwork: allow_private_network,
    ...(credential === undefined ? {} : { credential: secrets.renewable('history.credential', credential) }),
  };
}

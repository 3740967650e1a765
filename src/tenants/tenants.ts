import { resolve as resolvePath } from 'node:path';
import { withEnvFile } from '../config/config.js';
import { readTextFileSync } from '../config/text-file.js';
import { deskKind, type DeskSecrets, type DeskSignature, type TenantDesk } from '../connectors/desks/index.js';
import { priorityKey, type PriorityTable } from '../intake/priority.js';
import { messageOf } from '../logging/describe-error.js';
import { type TenantDocument, type TenantsDocument, tenantIdPattern } from './document.js';
import {
  type Found,
  resolveSecret,
  type SecretSources,
  signatureKey,
  standardWebhookKey,
  staticToken,
} from './secrets.js';
import { TenantsError } from './tenants-file.js';

export interface WebhookSchemes {
  /** Ready for use, newest first: one, or two while a secret is rotated. */
  readonly standardWebhooks?: { readonly secrets: readonly Buffer[] };
  readonly servicedeskSignature?: { readonly secrets: readonly Buffer[] };
  readonly staticToken?: { readonly header: string; readonly secrets: readonly Buffer[] };
  /** The ways in which the tenant's desk signs, in the order of its kind. */
  readonly deskSignature?: readonly DeskSignatureSecrets[];
}

export interface DeskSignatureSecrets {
  readonly signature: DeskSignature;
  readonly secrets: readonly Buffer[];
}

/** One tenant, with its secrets or where to read them. Kept in memory only. */
export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly webhook: WebhookSchemes;
  readonly desk: TenantDesk;
  /** Absolute paths. */
  readonly knowledge?: { readonly path: string };
  readonly history?: { readonly path: string };
  readonly inventory?: { readonly path: string };
  /** The search engine that has its resolved tickets. */
  readonly searchEngine?: TenantSearchEngine;
  readonly llm: {
    readonly model?: string;
    readonly whenUnavailable: TenantDocument['llm']['when_unavailable'];
    /** Default: no. */
    readonly rerank?: boolean;
  };
  readonly notes: {
    readonly language: TenantDocument['language'];
    readonly whenNothingFound: TenantDocument['notes']['when_nothing_found'];
    readonly style: TenantDocument['notes']['style'];
    readonly links: TenantDocument['links'];
  };
  /** The desk's own names of priorities. */
  readonly priorities: PriorityTable;
  readonly limits: { readonly requestsPerMinute: number; readonly wordsPerNote: number };
}

export interface TenantSearchEngine {
  readonly url: string;
  readonly index: string;
  /** Read anew at each call. Undefined: the engine takes requests without one. */
  readonly credential?: () => Found<string>;
  readonly allowPrivateNetwork: boolean;
}

export interface Tenants {
  get(id: string): Tenant | undefined;
  all(): readonly Tenant[];
  /** The tenant's id as a metric label: `unknown` if it is not configured, so that unsigned requests create no series. */
  label(id: string): string;
}

const largestSecretBytes = 64 * 1024;

/** The environment with its `.env`, read again each time, so that a reload sees changes. */
function fromThisMachine(): SecretSources {
  return {
    env: withEnvFile(process.env, process.cwd()),
    readFile: (path) => readTextFileSync(path, largestSecretBytes),
  };
}

/** Resolves references to secrets. A problem is recorded, and the value is then empty. */
interface SecretReader extends DeskSecrets {
  /** @param key the key of the reference, for messages */
  text(key: string, reference: string): string;
  keys(key: string, references: readonly string[], toKey: (secret: string) => Found<Buffer>): Buffer[];
}

function secretReader(
  sources: () => SecretSources,
  noteProblem: (problem: string) => void,
  noteTrimmed: (reference: string) => void,
  renewableMayBeAway: boolean,
): SecretReader {
  const once = sources();
  const text = (key: string, reference: string, mayBeAway = false): string => {
    const resolved = resolveSecret(reference, once);
    if (!resolved.ok && !mayBeAway) noteProblem(`${key}: ${resolved.problem}`);
    if (resolved.ok && resolved.trimmed) noteTrimmed(reference);
    return resolved.ok ? resolved.value : '';
  };
  return {
    text,
    renewable(key, reference) {
      text(key, reference, renewableMayBeAway); // at the start too: from then on no log line shows it
      return () => {
        try {
          const resolved = resolveSecret(reference, sources());
          return resolved.ok ? { ok: true, value: resolved.value } : resolved;
        } catch (error) {
          return { ok: false, problem: messageOf(error) }; // the .env file cannot be read
        }
      };
    },
    keys: (key, references, toKey) =>
      references.flatMap((reference) => {
        const secret = text(key, reference);
        if (secret === '') return [];
        const made = toKey(secret);
        if (!made.ok) noteProblem(`${key}: the secret ${reference} ${made.problem}`);
        return made.ok ? [made.value] : [];
      }),
  };
}

/**
 * Resolves a document's references.
 *
 * @param given where secrets are. Default: the environment, `.env` and files of this machine, read again at each use
 * @param onWarning called once for each secret that was trimmed, and for what has no effect. Default: no warnings
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
  credentialsMayBeAway: boolean,
): Tenants {
  const sources = (): SecretSources => given ?? fromThisMachine();
  const problems = new Set<string>();
  const trimmed = new Set<string>();
  const tenants = new Map<string, Tenant>();
  for (const one of document.tenants) {
    const secrets = secretReader(
      sources,
      (problem) => void problems.add(`Tenant ${one.id}, ${problem}.`),
      (reference) => trimmed.add(reference),
      credentialsMayBeAway,
    );
    if (one.webhook.desk_signature && deskKind(one.desk.type).webhook === undefined) {
      const unused = 'webhook.desk_signature is not used: a desk of that type has no webhook of its own';
      onWarning?.(`Tenant ${one.id} (${one.desk.type}): ${unused}.`);
    }
    tenants.set(one.id, resolveTenant(one, document.baseFolder ?? process.cwd(), secrets));
  }
  if (problems.size > 0) throw new TenantsError('The tenants’ configuration', [...problems]);
  for (const reference of trimmed) {
    onWarning?.(`The secret ${reference} is used without the blanks or line ends around it; take them out.`);
  }
  return {
    get: (id) => tenants.get(id),
    all: () => [...tenants.values()],
    label: (id) => (tenants.has(id) ? id : 'unknown'),
  };
}

/**
 * The tenant of an accepted job as a metric label. The tenant was authenticated when the job was queued, so its id is used
 * even if this process does not know the tenant: `queued` and the job's end are counted under the same label.
 */
export function labelOfJob(tenantId: string): string {
  return tenantIdPattern.test(tenantId) ? tenantId : 'unknown';
}

function resolveTenant(one: TenantDocument, baseFolder: string, secrets: SecretReader): Tenant {
  const folder = (entry: { path: string } | undefined) =>
    entry ? { path: resolvePath(baseFolder, entry.path) } : undefined;
  const { standard_webhooks, servicedesk_signature, static_token, desk_signature } = one.webhook;
  const kind = deskKind(one.desk.type);
  const keys = (
    scheme: keyof typeof one.webhook,
    references: readonly string[],
    toKey: (secret: string) => Found<Buffer>,
  ) => secrets.keys(`webhook.${scheme}.secrets`, references, toKey);
  const knowledge = folder(one.knowledge);
  const history = one.history?.path === undefined ? undefined : folder({ path: one.history.path });
  const searchEngine = searchEngineOf(one.history, secrets);
  const inventory = folder(one.inventory);
  return {
    id: one.id,
    name: one.name,
    active: one.active,
    webhook: {
      ...(standard_webhooks
        ? { standardWebhooks: { secrets: keys('standard_webhooks', standard_webhooks.secrets, standardWebhookKey) } }
        : {}),
      ...(servicedesk_signature
        ? {
            servicedeskSignature: {
              secrets: keys('servicedesk_signature', servicedesk_signature.secrets, signatureKey),
            },
          }
        : {}),
      ...(static_token
        ? {
            staticToken: {
              header: static_token.header,
              secrets: keys('static_token', static_token.secrets, staticToken),
            },
          }
        : {}),
      ...(desk_signature && kind.webhook
        ? {
            deskSignature: kind.webhook.signatures.map((signature) => ({
              signature,
              secrets: keys('desk_signature', desk_signature.secrets, keyOf(signature)),
            })),
          }
        : {}),
    },
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

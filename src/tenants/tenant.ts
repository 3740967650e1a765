import type { DeskSignature, TenantDesk } from '../connectors/desks/index.js';
import type { PriorityTable } from '../intake/priority.js';
import { type TenantDocument, tenantIdPattern } from './document.js';
import type { Found } from './secrets.js';

export interface WebhookSchemes {
  /** Secrets are keys ready for use, newest first: one, or two during a rotation. */
  readonly standardWebhooks?: { readonly secrets: readonly Buffer[] };
  readonly servicedeskSignature?: { readonly secrets: readonly Buffer[] };
  readonly staticToken?: { readonly header: string; readonly secrets: readonly Buffer[] };
  /** The keys of the desk's own signatures, in the order of its definition. */
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
    /** Default: false. */
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
  /** Read at each call. Undefined: the engine accepts requests without a credential. */
  readonly credential?: () => Found<string>;
  readonly allowPrivateNetwork: boolean;
}

/** The configured tenants. */
export interface Tenants {
  get(id: string): Tenant | undefined;
  all(): readonly Tenant[];
  /** The tenant's id as a metric label: `unknown` if it is not configured, so that unsigned requests create no series. */
  label(id: string): string;
}

/**
 * The tenant of an accepted job as a metric label. The tenant was authenticated when the job was queued, so its id is used
 * even if this process does not know the tenant: `queued` and the job's end are counted under the same label.
 */
export function labelOfJob(tenantId: string): string {
  return tenantIdPattern.test(tenantId) ? tenantId : 'unknown';
}

import type { Config } from '../config/config.js';
import {
  type ContextDocuments,
  createChatCompletions,
  createServiceDeskPlus,
  type Dialect,
  type DialectMemory,
  type DeskBreakerOptions,
  type LeftOut,
  type LocalDesk,
  type ProxyFor,
  type ProxySettings,
  proxyRule,
  type RestingDesk,
  readHistory,
  readInventory,
  readKnowledge,
  withBreaker,
} from '../connectors/index.js';
import {
  type ContextSource,
  type ContextSourceName,
  createHistorySource,
  createInventorySource,
  createKnowledgeSource,
  type DeferralReason,
  type Desk,
  type LanguageModel,
  type RefusedParameter,
  type TicketHistory,
} from '../enhancement/index.js';
import type { Tenant } from '../tenants/index.js';

/** What the jobs of one tenant work with. Nothing in here is shared with another tenant but connections to Redis. */
export interface TenantResources {
  readonly sources: readonly ContextSource[];
  readonly desk: RestingDesk;
  /** Undefined: extractive notes. */
  readonly model: LanguageModel | undefined;
}

export interface TenantResourcesOptions {
  readonly config: Pick<
    Config,
    'llmBaseUrl' | 'llmApiKey' | 'llmApiKeyHeader' | 'llmModel' | 'llmTimeoutMs' | 'llmMaxOutputTokens'
  > &
    ProxySettings;
  readonly models: ModelReport & { readonly dialects: DialectMemory };
  readonly history: TicketHistory;
  readonly localDesk: LocalDesk;
  readonly deskBreaker?: DeskBreakerOptions | undefined;
  /** A tenant's files of a context source were read: so many items are used of them. */
  readonly onContextRead: (tenantId: string, source: ContextSourceName, items: number, leftOut: LeftOut) => void;
  /** Something of a tenant's works again, for which its jobs may have been deferred. */
  readonly onRecovered: (tenantId: string, reasons: readonly DeferralReason[]) => void;
}

const deskReasons = ['desk_unavailable', 'desk_throttled', 'credential_refused'] as const;
const modelReasons = ['model_unavailable'] as const;

/** Told of what model endpoints refuse, and of what they take. */
export interface ModelReport {
  /** @param words the endpoint's own */
  refused(tenantId: string, model: string, parameter: RefusedParameter, words: string): void;
  learned(tenantId: string, model: string, dialect: Dialect): void;
}

/** Made at a tenant's first job and kept: indexes and breakers live as long as the worker. */
export function createTenantResources(options: TenantResourcesOptions): (tenant: Tenant) => TenantResources {
  const known = new Map<string, TenantResources>();
  const proxyFor = proxyRule(options.config);
  return (tenant) => {
    const existing = known.get(tenant.id);
    if (existing) return existing;
    const resources = {
      sources: sourcesOf(tenant, options),
      desk: withBreaker(deskOf(tenant, options.localDesk, proxyFor), {
        ...options.deskBreaker,
        onRecovered: () => options.onRecovered(tenant.id, deskReasons),
      }),
      model: modelOf(tenant, options, proxyFor),
    };
    known.set(tenant.id, resources);
    return resources;
  };
}

function sourcesOf({ id, history, knowledge, inventory }: Tenant, options: TenantResourcesOptions): ContextSource[] {
  const told = async <T>(source: ContextSourceName, read: Promise<ContextDocuments<T>>): Promise<readonly T[]> => {
    const { items, leftOut } = await read;
    options.onContextRead(id, source, items.length, leftOut);
    return items;
  };
  const seed = history && (() => told('ticket_history', readHistory(history.path)));
  const sources = [createHistorySource({ tenantId: id, history: options.history, seed })];
  if (knowledge) sources.push(createKnowledgeSource(() => told('knowledge_base', readKnowledge(knowledge.path))));
  if (inventory) sources.push(createInventorySource(() => told('inventory', readInventory(inventory.path))));
  return sources;
}

function deskOf({ id, desk }: Tenant, localDesk: LocalDesk, proxyFor: ProxyFor): Desk {
  switch (desk.type) {
    case 'local':
      return localDesk.deskFor(id);
    case 'servicedesk-plus':
      return createServiceDeskPlus({ ...desk, proxyFor });
  }
}

function modelOf(
  { id, llm }: Tenant,
  { config, models, onRecovered }: TenantResourcesOptions,
  proxyFor: ProxyFor,
): LanguageModel | undefined {
  const model = llm.model ?? config.llmModel;
  if (config.llmBaseUrl === undefined || model === undefined) return undefined;
  return createChatCompletions({
    baseUrl: config.llmBaseUrl,
    apiKey: config.llmApiKey,
    apiKeyHeader: config.llmApiKeyHeader,
    model,
    timeoutMs: config.llmTimeoutMs,
    maxOutputTokens: config.llmMaxOutputTokens,
    proxyFor,
    dialects: models.dialects,
    onRecovered: () => onRecovered(id, modelReasons),
    onRefused: (parameter, words) => models.refused(id, model, parameter, words),
    onLearned: (dialect) => models.learned(id, model, dialect),
  });
}

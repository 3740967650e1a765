import type { Config } from '../config/config.js';
import {
  createChatCompletions,
  type Dialect,
  type DialectMemory,
  type DeskBreakerOptions,
  type ProxyFor,
  type ProxySettings,
  proxyRule,
  type ReadContext,
  type RestingDesk,
  readHistory,
  readInventoryApart,
  readKnowledge,
  withBreaker,
} from '../connectors/index.js';
import {
  type ContextSource,
  createHistorySource,
  createIndexBudget,
  createInventorySource,
  createKnowledgeSource,
  type DeferralReason,
  type IndexBudget,
  type LanguageModel,
  type LoadDocuments,
  type RefusedParameter,
  type TicketHistory,
} from '../enhancement/index.js';
import type { RedisClient } from '../redis/connection.js';
import type { Tenant } from '../tenants/index.js';
import type { ContextReport, ContextReports } from './context-report.js';
import { indexHeapBytes } from './index-heap.js';
import type { SlowTenants } from './slow-tenants.js';
import { timedCalls } from './timed-calls.js';

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
  readonly redis: RedisClient;
  readonly deskBreaker?: DeskBreakerOptions | undefined;
  readonly slowTenants: SlowTenants;
  readonly contextReports: ContextReports;
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

/**
 * Made at a tenant's first job and kept: breakers live as long as the worker. So do indexes, as long as those of all tenants
 * are within their budget: then the large ones that were used longest ago are dropped, and built again when needed.
 */
export function createTenantResources(options: TenantResourcesOptions): (tenant: Tenant) => TenantResources {
  const budget = createIndexBudget(indexHeapBytes());
  const known = new Map<string, TenantResources>();
  const proxyFor = proxyRule(options.config);
  return (tenant) => {
    const existing = known.get(tenant.id);
    if (existing) return existing;
    const timed = timedCalls(tenant.id, options.slowTenants);
    const model = modelOf(tenant, options, proxyFor);
    const resources = {
      sources: sourcesOf(tenant, options, budget).map(timed.source),
      // Within the breaker: while that is open no call is made, and nothing is learned of the desk.
      desk: withBreaker(timed.desk(tenant.desk.connect({ tenantId: tenant.id, redis: options.redis, proxyFor })), {
        ...options.deskBreaker,
        onRecovered: () => options.onRecovered(tenant.id, deskReasons),
      }),
      model: model && timed.model(model),
    };
    known.set(tenant.id, resources);
    return resources;
  };
}

function sourcesOf(
  { id, history, knowledge, inventory }: Tenant,
  { history: store, contextReports }: TenantResourcesOptions,
  budget: IndexBudget,
): ContextSource[] {
  const ofHistory = contextReports(id, 'ticket_history');
  const seed = history && loading(readHistory, history.path, ofHistory);
  const sources = [reporting(createHistorySource({ tenantId: id, history: store, seed, budget }), ofHistory)];
  if (knowledge) {
    const report = contextReports(id, 'knowledge_base');
    const load = loading(readKnowledge, knowledge.path, report);
    sources.push(reporting(createKnowledgeSource(load, budget), report));
  }
  if (inventory) {
    const report = contextReports(id, 'inventory');
    const load = loading(readInventoryApart, inventory.path, report);
    sources.push(reporting(createInventorySource(load, budget), report));
  }
  return sources;
}

function loading<T>(read: ReadContext<T>, path: string, report: ContextReport): LoadDocuments<T> {
  return async (use) => report.filesRead(await read(path, use));
}

function reporting(source: ContextSource, report: ContextReport): ContextSource {
  return {
    ...source,
    async search(ticket, signal) {
      const excerpts = await source.search(ticket, signal);
      report.searched(source.documents());
      return excerpts;
    },
  };
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

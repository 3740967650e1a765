import type { Config } from '../config/config.js';
import {
  createChatCompletions,
  createSearchEngine,
  type Dialect,
  type DialectMemory,
  type DeskBreakerOptions,
  type ProxyFor,
  type ProxySettings,
  proxyRule,
  type GuardedDesk,
  withBreaker,
} from '../connectors/index.js';
import {
  type ContextSource,
  type DeferralReason,
  type LanguageModel,
  type RefusedParameter,
  type TicketHistory,
} from '../enhancement/index.js';
import { createEngineHistorySource } from '../enhancement/note-engine.js';
import type { RedisClient } from '../redis/connection.js';
import type { Tenant } from '../tenants/index.js';
import type { ContextHost } from './context/context-host.js';
import type { ContextReport, ContextReports } from './context-report.js';
import type { SlowTenants } from './selection/slow-tenants.js';
import { timedCalls } from './selection/timed-calls.js';

/** The dependencies of one tenant's jobs. Tenants share connections to Redis, and nothing else in here. */
export interface TenantResources {
  readonly sources: readonly ContextSource[];
  readonly desk: GuardedDesk;
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
  readonly context: Pick<ContextHost, 'sourcesOf'>;
  readonly history: TicketHistory;
  readonly redis: RedisClient;
  readonly deskBreaker?: DeskBreakerOptions | undefined;
  readonly slowTenants: SlowTenants;
  readonly contextReports: ContextReports;
  /** Called when a dependency of a tenant works again, for which its jobs may have been deferred. */
  readonly onRecovered: (tenantId: string, reasons: readonly DeferralReason[]) => void;
}

const deskReasons = ['desk_unavailable', 'desk_throttled', 'credential_refused'] as const;
const modelReasons = ['model_unavailable'] as const;

/** Called when an endpoint refuses a parameter, and when it is known what the endpoint accepts instead. */
export interface ModelReport {
  /** @param words the endpoint's message */
  refused(tenantId: string, model: string, parameter: RefusedParameter, words: string): void;
  learned(tenantId: string, model: string, dialect: Dialect): void;
}

/** Created at a tenant's first job and kept, so that its circuit breakers live as long as the worker. */
export function createTenantResources(options: TenantResourcesOptions): (tenant: Tenant) => TenantResources {
  const known = new Map<string, TenantResources>();
  const proxyFor = proxyRule(options.config);
  return (tenant) => {
    const existing = known.get(tenant.id);
    if (existing) return existing;
    const timed = timedCalls(tenant.id, options.slowTenants);
    const model = modelOf(tenant, options, proxyFor);
    const resources = {
      sources: sourcesOf(tenant, options, proxyFor).map((source) =>
        timed.source(reporting(source, options.contextReports(tenant.id, source.name))),
      ),
      // Inside the breaker: while it is open, no call is made whose time could be measured.
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
  tenant: Tenant,
  { context, history }: TenantResourcesOptions,
  proxyFor: ProxyFor,
): readonly ContextSource[] {
  const sources = context.sourcesOf(tenant);
  if (tenant.searchEngine === undefined) return sources;
  const engine = createSearchEngine(tenant.id, { ...tenant.searchEngine, proxyFor });
  const ofEngine = createEngineHistorySource({ tenantId: tenant.id, history, engine });
  return [ofEngine, ...sources.filter(({ name }) => name !== 'ticket_history')];
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

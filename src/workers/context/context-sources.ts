import {
  type IndexFolder,
  type LeftOut,
  type ReadContext,
  readHistory,
  readInventoryApart,
  readKnowledge,
} from '../../connectors/index.js';
import {
  type ContextSource,
  type ContextSourceName,
  createIndexBudget,
  type LoadDocuments,
  type TicketHistory,
} from '../../enhancement/index.js';
import { createHistorySource, createInventorySource, createKnowledgeSource } from '../../enhancement/note-engine.js';
import type { Tenant } from '../../tenants/index.js';
import { indexBytes } from './index-bytes.js';

/** The locations of a tenant's context. */
export type ContextTenant = Pick<Tenant, 'id' | 'history' | 'knowledge' | 'inventory'>;

/** Events of sources other than their searches. */
export interface ContextEvents {
  /** Files of a source were read, which happens again after its index was evicted. */
  filesRead(tenantId: string, source: ContextSourceName, leftOut: LeftOut): void;
  /** The stored index cannot be used, or not be written. @param tenantId undefined: those of all tenants */
  indexFailed(tenantId: string | undefined, why: string): void;
}

export interface ContextSourcesOptions {
  readonly history: TicketHistory;
  /** Undefined: indexes are in memory. */
  readonly indexFolder: IndexFolder | undefined;
  readonly events: ContextEvents;
}

/**
 * Sources are created at a tenant's first search and kept. Their indexes are kept while those of all tenants are within one
 * budget; beyond it large, least recently used ones are dropped, and loaded again when they are needed.
 */
export function createContextSources(options: ContextSourcesOptions): (tenant: ContextTenant) => ContextSource[] {
  const { history: store, indexFolder, events } = options;
  const budget = createIndexBudget(indexBytes());
  const known = new Map<string, ContextSource[]>();

  function sourcesOf({ id, history, knowledge, inventory }: ContextTenant): ContextSource[] {
    function loading<T>(source: ContextSourceName, read: ReadContext<T>, path: string): LoadDocuments<T> {
      return async (use) => events.filesRead(id, source, await read(path, use));
    }
    const sources = [
      createHistorySource({
        tenantId: id,
        history: store,
        seed: history && loading('ticket_history', readHistory, history.path),
        budget,
        store: indexFolder?.storeOf(id),
        onStoreFailed: (error) => events.indexFailed(id, `cannot be written: ${String(error)}`),
      }),
    ];
    if (knowledge) {
      sources.push(createKnowledgeSource(loading('knowledge_base', readKnowledge, knowledge.path), budget));
    }
    if (inventory) {
      sources.push(createInventorySource(loading('inventory', readInventoryApart, inventory.path), budget));
    }
    return sources;
  }

  return (tenant) => {
    const sources = known.get(tenant.id) ?? sourcesOf(tenant);
    known.set(tenant.id, sources);
    return sources;
  };
}

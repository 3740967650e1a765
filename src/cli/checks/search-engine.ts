import { createSearchEngine, type ProxyFor } from '../../connectors/index.js';
import { messageOf } from '../../logging/describe-error.js';
import type { Tenant } from '../../tenants/index.js';
import { type Check, failed, ok } from './check.js';

/** Below the deadline of a check, so that the error names the engine. Milliseconds. */
const timeoutMs = 8000;

/** The search engine that has a tenant's resolved tickets, if it has one: a read-only request with its credential. */
export function searchEngineChecks({ id, searchEngine }: Tenant, proxyFor: ProxyFor): Check[] {
  if (searchEngine === undefined) return [];
  const subject = `search engine of ${id}`;
  return [
    {
      title: subject,
      async run(signal) {
        try {
          const engine = createSearchEngine(id, { ...searchEngine, proxyFor, timeoutMs });
          return [ok(subject, await engine.probe(signal))];
        } catch (error) {
          signal.throwIfAborted();
          return [failed(subject, messageOf(error))];
        }
      },
    },
  ];
}

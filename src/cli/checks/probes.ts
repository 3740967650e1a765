import { createSearchEngine, type ProxyFor } from '../../connectors/index.js';
import type { Tenant } from '../../tenants/index.js';
import { type Check, ok } from './check.js';

/** Below the deadline of a check, so that the error names the other side. Milliseconds. */
const timeoutMs = 8000;

/** A tenant's desk and search engine: read-only requests with their credentials, under the rules for private addresses. */
export function probesOf({ id, desk, searchEngine }: Tenant, proxyFor: ProxyFor): Check[] {
  const probe = (title: string, ask: (signal: AbortSignal) => Promise<string>): Check => ({
    title,
    run: async (signal) => [ok(title, await ask(signal))],
  });
  const probes = [probe(`desk of ${id}`, (signal) => desk.probe({ proxyFor, timeoutMs }, signal))];
  if (searchEngine !== undefined) {
    const access = { ...searchEngine, proxyFor, timeoutMs };
    probes.push(probe(`search engine of ${id}`, (signal) => createSearchEngine(id, access).probe(signal)));
  }
  return probes;
}

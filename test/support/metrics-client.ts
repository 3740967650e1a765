import type * as PromClient from 'prom-client';
import type * as Library from '../../src/cluster-metrics/prom-client.js';

/**
 * The client that the tests of cluster-metrics run over: METRICS_CLIENT, or prom-client. `npm test` runs them over each.
 * Both have the same interface, so the types of one serve for both.
 */

export const clientName = process.env['METRICS_CLIENT'] ?? 'prom-client';
if (clientName !== 'prom-client' && clientName !== '@prometheus-io/client') {
  throw new Error(`METRICS_CLIENT is prom-client or @prometheus-io/client, not ${clientName}`);
}

/** The module as the library imports it, or another copy of it within `jest.isolateModulesAsync`. */
export async function importClient(name = clientName): Promise<typeof PromClient> {
  return ((await import(name)) as { default: typeof PromClient }).default;
}

const entry = clientName === 'prom-client' ? 'prom-client' : 'prometheus-io';
const library = (await import(`../../src/cluster-metrics/${entry}.js`)) as typeof Library;

export const { ClusterRegistry, createInstruments } = library;
export type ClusterRegistry = Library.ClusterRegistry;

export const { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry, register, Summary } =
  await importClient();
export type Counter<T extends string = string> = PromClient.Counter<T>;
export type Gauge<T extends string = string> = PromClient.Gauge<T>;
export type Histogram<T extends string = string> = PromClient.Histogram<T>;
export type Registry = PromClient.Registry;
export type AnyRegistry = PromClient.Registry<PromClient.RegistryContentType>;
export type RegistryContentType = PromClient.RegistryContentType;

/**
 * The client that the tests of cluster-metrics run over: METRICS_CLIENT, or prom-client. `npm test` runs them over each.
 * Both have the same interface, so the types of one serve for both.
 */

export type ClientModule = typeof import('prom-client');

export const clientName = process.env['METRICS_CLIENT'] ?? 'prom-client';
if (clientName !== 'prom-client' && clientName !== '@prometheus-io/client') {
  throw new Error(`METRICS_CLIENT is prom-client or @prometheus-io/client, not ${clientName}`);
}

/** The module as the library imports it, or another copy of it within `jest.isolateModulesAsync`. */
export async function importClient(name = clientName): Promise<ClientModule> {
  return ((await import(name)) as { default: ClientModule }).default;
}

const library =
  clientName === 'prom-client'
    ? await import('../../src/cluster-metrics/prom-client.js')
    : ((await import(
        '../../src/cluster-metrics/prometheus-io.js'
      )) as unknown as typeof import('../../src/cluster-metrics/prom-client.js'));

export const { ClusterRegistry, createInstruments } = library;
export type ClusterRegistry = import('../../src/cluster-metrics/prom-client.js').ClusterRegistry;

export const { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry, register, Summary } =
  await importClient();
export type Counter<T extends string = string> = import('prom-client').Counter<T>;
export type Gauge<T extends string = string> = import('prom-client').Gauge<T>;
export type Histogram<T extends string = string> = import('prom-client').Histogram<T>;
export type Registry = import('prom-client').Registry;
export type AnyRegistry = import('prom-client').Registry<import('prom-client').RegistryContentType>;
export type RegistryContentType = import('prom-client').RegistryContentType;

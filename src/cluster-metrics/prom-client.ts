/**
 * What of this library needs prom-client's module: its default registry, and its classes to make a catalog's metrics.
 * Whatever else it does works on metrics of any copy and version of the clients.
 *
 * Must not know: how metrics are recorded, added up or printed.
 */
import { Counter, Gauge, Histogram, type Registry, register } from 'prom-client';
import type { ChangeTracker } from './child/change-tracker.js';
import type { ClientRegistry } from './child/client.js';
import { type Instruments, instrument, type MadeMetric } from './child/instruments.js';
import { addDefaultRegistry } from './child/reported-registries.js';
import type { Catalog, MergeRule, MetricDefinition, Retention } from './wire/definition.js';

addDefaultRegistry(register);

/**
 * Makes a catalog's metrics in a registry, and typed handles to them.
 *
 * @param tracker must follow `registry`
 * @throws {ClusterMetricsError} UNSUPPORTED_METRIC when it does not
 */
export function createInstruments<const C extends Catalog>(
  catalog: C,
  registry: ClientRegistry,
  tracker: ChangeTracker,
): Instruments<C> {
  return instrument(catalog, tracker, (name, definition) => makeMetric(name, definition, registry));
}

function makeMetric(name: string, definition: MetricDefinition, registry: ClientRegistry): MadeMetric {
  const labelNames = Object.keys(definition.labels);
  // A registry of another copy has other types, and the same methods.
  const base = { name, help: definition.help, labelNames, registers: [registry as Registry] };
  switch (definition.type) {
    case 'counter':
      return new Counter({ ...base, ...declared('sum', 'cumulative') });
    case 'histogram':
      return new Histogram({ ...base, buckets: [...definition.buckets], ...declared('sum', 'cumulative') });
    case 'gauge': {
      const rule = declared(definition.merge, definition.retention);
      if (definition.merge !== 'ratio') return new Gauge({ ...base, ...rule });
      const { windowSeconds, scale } = definition;
      const ratio: object = { ratio: { windowSeconds, scale } };
      return new Gauge({ ...base, ...rule, ...ratio });
    }
  }
}

/** Keys of a metric's configuration that its client does not know stay on the metric, where they are read when it is reported. */
function declared(mergeRule: MergeRule, retention: Retention): object {
  return { mergeRule, retention };
}

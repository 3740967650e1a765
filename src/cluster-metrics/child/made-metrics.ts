/**
 * Makes a catalog's metrics with the classes of a client's module. The classes are given: no module is imported.
 *
 * Must not know: which client it is, nor how a metric is recorded.
 */
import type { Catalog, MergeRule, MetricDefinition, Retention } from '../wire/definition.js';
import type { ChangeTracker } from './change-tracker.js';
import type { ClientRegistry } from './client.js';
import { type Instruments, instrument, type MadeMetric } from './instruments.js';

interface Configuration<R> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: R[];
}

/** The classes of a client's module, as far as they are used. `R` is its registry. */
export interface MetricClasses<R extends ClientRegistry> {
  readonly Counter: new (configuration: Configuration<R>) => MadeMetric;
  readonly Gauge: new (configuration: Configuration<R>) => MadeMetric;
  readonly Histogram: new (configuration: Configuration<R> & { buckets: number[] }) => MadeMetric;
}

/**
 * Makes a catalog's metrics in a registry, and typed handles to them.
 *
 * @param registry of any copy and version of the client
 * @param tracker must follow `registry`
 * @throws {ClusterMetricsError} UNSUPPORTED_METRIC when it does not
 */
export type CreateInstruments = <const C extends Catalog>(
  catalog: C,
  registry: ClientRegistry,
  tracker: ChangeTracker,
) => Instruments<C>;

export function instrumentsWith<R extends ClientRegistry>(classes: MetricClasses<R>): CreateInstruments {
  return (catalog, registry, tracker) =>
    // A registry of another copy has other types, and the same methods.
    instrument(catalog, tracker, (name, definition) => makeMetric(name, definition, registry as R, classes));
}

function makeMetric<R extends ClientRegistry>(
  name: string,
  definition: MetricDefinition,
  registry: R,
  { Counter, Gauge, Histogram }: MetricClasses<R>,
): MadeMetric {
  const { help, labels } = definition;
  const base = { name, help, labelNames: Object.keys(labels), registers: [registry], ...declarationOf(definition) };
  switch (definition.type) {
    case 'counter':
      return new Counter(base);
    case 'histogram':
      return new Histogram({ ...base, buckets: [...definition.buckets] });
    case 'gauge':
      return new Gauge(base);
  }
}

interface Declaration {
  readonly mergeRule: MergeRule;
  readonly retention: Retention;
  readonly ratio?: { readonly windowSeconds: number; readonly scale: number };
}

/** Members of a configuration that a client does not know stay on its metric, where they are read when it is reported. */
function declarationOf(definition: MetricDefinition): Declaration {
  if (definition.type !== 'gauge') return { mergeRule: 'sum', retention: 'cumulative' };
  const { merge, retention } = definition;
  if (merge !== 'ratio') return { mergeRule: merge, retention };
  const { windowSeconds, scale } = definition;
  return { mergeRule: merge, retention, ratio: { windowSeconds, scale } };
}

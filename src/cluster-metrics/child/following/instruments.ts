/**
 * A catalog's metrics, and typed handles to their label sets. A metric of a catalog is a client's metric that is taken over; it
 * is made with the classes of a client's module, which are given.
 * Must not know: which client it is, nor how anything is recorded or reported.
 */
import type { Catalog, Instruments, MetricDefinition } from '../../wire/definition.js';
import { ClusterMetricsError } from '../../wire/errors.js';
import type { ChangeTracker } from './change-tracker.js';
import type { ClientMetric, ClientRegistry } from '../recording/client.js';
import { LabelTree } from '../recording/label-tree.js';

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

type LabelSet = Readonly<Record<string, string>>;

interface MadeMetric {
  remove(labels: LabelSet): void;
}

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

export function instrumentsWith<R extends ClientRegistry>(classes: MetricClasses<R>): CreateInstruments {
  return <const C extends Catalog>(catalog: C, registry: ClientRegistry, tracker: ChangeTracker) => {
    const instruments = Object.entries(catalog).map(([name, definition]) => {
      // A registry of another copy has other types, and the same methods.
      const metric = makeMetric(name, definition, registry as R, classes);
      return [name, instrumentOf(name, Object.keys(definition.labels), metric, tracker)];
    });
    // The compiler cannot see that each entry was made from the definition of the same name.
    return Object.fromEntries(instruments) as Instruments<C>;
  };
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

/** Members of a configuration that a client does not know stay on its metric, where they are read when it is reported. */
function declarationOf(definition: MetricDefinition): Pick<ClientMetric, 'mergeRule' | 'retention' | 'ratio'> {
  if (definition.type !== 'gauge') return { mergeRule: 'sum', retention: 'cumulative' };
  const { merge: mergeRule, retention } = definition;
  if (definition.merge !== 'ratio') return { mergeRule, retention };
  const { windowSeconds, scale } = definition;
  return { mergeRule, retention, ratio: { windowSeconds, scale } };
}

function instrumentOf(name: string, labelNames: readonly string[], metric: MadeMetric, tracker: ChangeTracker) {
  const taken = tracker.takenOver(metric);
  if (taken === undefined) {
    throw new ClusterMetricsError(
      'UNSUPPORTED_METRIC',
      `${name} was made in a registry that its change tracker does not follow, or that another one follows already; ` +
        'give both the same registry, and a registry one tracker.',
    );
  }
  const handles = new LabelTree<ReturnType<typeof taken.handle>>(labelNames);
  return {
    with(labels: LabelSet) {
      const known = handles.find(labels) ?? handles.get(labels);
      if (known !== undefined) return known;
      const handle = taken.handle(Object.fromEntries(labelNames.map((label) => [label, labels[label] ?? ''])));
      handles.set(labels, handle);
      return handle;
    },
    remove(labels: LabelSet): void {
      handles.delete(labels);
      metric.remove(labels);
    },
  };
}

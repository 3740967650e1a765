/**
 * A client's registry that is followed: who follows it is told of each metric that it gets and loses, and of its default
 * labels. Its own methods are put back when the last follower leaves.
 *
 * Must not know: what is done with the metrics, nor anything that a registry's documented interface does not say.
 */
import { type ClientRegistry, isObject, type Labels } from './client.js';
import { putMethod } from './own-methods.js';

export interface RegistryListener {
  /** Perhaps still in its constructor. */
  added(metric: object): void;
  removed(metric: object): void;
  /** A metric as the text formats are to print it; undefined: by its class. */
  printable(metric: object): object | undefined;
}

const followed = new WeakMap<ClientRegistry, FollowedRegistry>();

export class FollowedRegistry {
  #defaultLabels: Labels = {};
  readonly #registry: ClientRegistry;
  readonly #listeners = new Set<RegistryListener>();
  readonly #classMethods: Pick<ClientRegistry, 'metrics' | 'getMetricsAsJSON' | 'getSingleMetricAsString'>;
  #undo: (() => void)[] = [];

  /** The same object for all who follow one registry. */
  static of(registry: ClientRegistry): FollowedRegistry {
    let one = followed.get(registry);
    if (one === undefined) {
      one = new FollowedRegistry(registry);
      followed.set(registry, one);
    }
    return one;
  }

  private constructor(registry: ClientRegistry) {
    this.#registry = registry;
    const { metrics, getMetricsAsJSON, getSingleMetricAsString } = registry;
    this.#classMethods = { metrics, getMetricsAsJSON, getSingleMetricAsString };
  }

  /** As they were set since it is followed, or as of the last look. */
  get defaultLabels(): Labels {
    return this.#defaultLabels;
  }

  get metrics(): readonly object[] {
    return this.#registry.getMetricsAsArray();
  }

  follow(listener: RegistryListener): void {
    if (this.#listeners.size === 0) this.#putMethods();
    this.#listeners.add(listener);
  }

  unfollow(listener: RegistryListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = [];
  }

  /** There is no reader of them: the registry adds them to a metric that has no labels. */
  async lookAtDefaultLabels(): Promise<void> {
    const before = this.#defaultLabels;
    const view: ClientRegistry = Object.create(this.#registry);
    const probe = { name: 'probe', help: '', type: 'gauge', get: async () => ({ values: [{ value: 0, labels: {} }] }) };
    view.getMetricsAsArray = () => [probe];
    const [printed] = await this.#classMethods.getMetricsAsJSON.call(view);
    const values: unknown = isObject(printed) ? printed['values'] : undefined;
    const first: unknown = Array.isArray(values) ? values[0] : undefined;
    const labels = isObject(first) ? first['labels'] : undefined;
    const isNews = isObject(labels) && JSON.stringify(labels) !== JSON.stringify(before);
    // They may have been set while the registry was printing.
    if (isNews && this.#defaultLabels === before) this.#defaultLabels = labels;
  }

  #putMethods(): void {
    const registry = this.#registry;
    const put = <K extends keyof ClientRegistry>(name: K, make: (before: ClientRegistry[K]) => ClientRegistry[K]) =>
      this.#undo.push(putMethod(registry, name, make(registry[name])));
    put('registerMetric', (registerMetric) => (metric) => {
      const isKnown = registry.getMetricsAsArray().includes(metric);
      registerMetric.call(registry, metric);
      if (!isKnown) for (const listener of this.#listeners) listener.added(metric);
    });
    put('removeSingleMetric', (removeSingleMetric) => (name) => {
      const metric = registry.getSingleMetric(name);
      removeSingleMetric.call(registry, name);
      if (metric !== undefined) this.#tellRemoved([metric]);
    });
    put('clear', (clear) => () => {
      const metrics = registry.getMetricsAsArray();
      clear.call(registry);
      this.#defaultLabels = {};
      this.#tellRemoved(metrics);
    });
    put('setDefaultLabels', (setDefaultLabels) => (labels) => {
      setDefaultLabels.call(registry, labels);
      this.#defaultLabels = isObject(labels) ? labels : {};
    });
    put('metrics', () => () => this.#print(registry.getMetricsAsArray()));
    put('getSingleMetricAsString', () => async (name) => {
      const metric = registry.getSingleMetric(name);
      if (metric === undefined || this.#printable(metric) === metric) {
        return this.#classMethods.getSingleMetricAsString.call(registry, name);
      }
      const text = await this.#print([metric]);
      return text.replace(/\n(# EOF\n)?$/, '');
    });
  }

  #tellRemoved(metrics: readonly object[]): void {
    for (const listener of this.#listeners) for (const metric of metrics) listener.removed(metric);
  }

  #print(metrics: readonly object[]): Promise<string> {
    const view: ClientRegistry = Object.create(this.#registry);
    view.getMetricsAsArray = () => metrics.map((metric) => this.#printable(metric));
    return this.#classMethods.metrics.call(view);
  }

  #printable(metric: object): object {
    for (const listener of this.#listeners) {
      const printable = listener.printable(metric);
      if (printable !== undefined) return printable;
    }
    return metric;
  }
}

/**
 * A client's registry that is followed: its listeners are told of each metric that it gets and loses. Its own methods are put
 * back when the last listener leaves.
 * Must not know: what is done with the metrics, nor anything that a registry's documented interface does not say.
 */
import { inspect } from 'node:util';
import {
  type ClientMetric,
  type ClientRegistry,
  isClientMetric,
  isMethod,
  isObject,
  type Labels,
  printedBy,
  putMethod,
} from '../recording/client.js';

export interface RegistryListener {
  /** @param isNew whether nothing can have been recorded in it yet */
  added(registry: FollowedRegistry, metric: object, isNew: boolean): void;
  removed(registry: FollowedRegistry, metric: object): void;
  /** Its default labels have changed. */
  relabelled(registry: FollowedRegistry): void;
}

const followed = new WeakMap<ClientRegistry, FollowedRegistry>();

export class FollowedRegistry {
  /** As they were set since it is followed, or as of the last look. */
  defaultLabels: Labels = {};
  /** What was set: it may be changed where it lies. */
  #given: object = {};
  readonly #registry: ClientRegistry;
  readonly #listeners = new Set<RegistryListener>();
  readonly #classMethods: Pick<
    ClientRegistry,
    'metrics' | 'getMetricsAsJSON' | 'getMetricsAsString' | 'getSingleMetricAsString'
  >;
  #undo: (() => void)[] = [];

  /** The same object for all who follow one registry. */
  static of(registry: ClientRegistry): FollowedRegistry {
    const one = followed.get(registry) ?? new FollowedRegistry(registry);
    followed.set(registry, one);
    return one;
  }

  private constructor(registry: ClientRegistry) {
    this.#registry = registry;
    const { metrics, getMetricsAsJSON, getMetricsAsString, getSingleMetricAsString } = registry;
    const others = getMetricsAsString ? { getMetricsAsString } : {};
    this.#classMethods = { metrics, getMetricsAsJSON, getSingleMetricAsString, ...others };
  }

  get metrics(): readonly object[] {
    return this.#registry.getMetricsAsArray();
  }

  /** An OpenMetrics registry takes `_total` off a counter's own name when it prints, and still has it under the whole one. */
  nameOf(metric: ClientMetric): string {
    const whole = `${metric.name}_total`;
    return metric.type === 'counter' && this.#registry.getSingleMetric(whole) === metric ? whole : metric.name;
  }

  follow(listener: RegistryListener): void {
    if (this.#undo.length === 0) this.#putMethods();
    this.#listeners.add(listener);
  }

  unfollow(listener: RegistryListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0 || this.metrics.some((metric) => printedBy.has(metric))) return;
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = [];
  }

  /** Default labels may be changed where they lie. */
  compareLabels(): void {
    this.#setLabels(this.#given);
  }

  /**
   * There is no reader of default labels: the registry adds them to a metric that has no labels. A program that has replaced its
   * printing may run `collect` functions here.
   */
  async readLabels(): Promise<void> {
    const before = this.#given;
    const probe = { name: 'probe', help: '', type: 'gauge', get: async () => ({ values: [{ value: 0, labels: {} }] }) };
    const [printed] = await this.#classMethods.getMetricsAsJSON.call(this.#view([probe]));
    const values: unknown = isObject(printed) ? printed['values'] : undefined;
    const first: unknown = Array.isArray(values) ? values[0] : undefined;
    const labels = isObject(first) ? first['labels'] : undefined;
    // They may have been set while the registry was printing.
    if (this.#given !== before) return;
    this.#setLabels(isObject(labels) && inText(labels) !== inText(before) ? labels : before);
  }

  #setLabels(labels: object): void {
    this.#given = labels;
    if (inText(labels) === inText(this.defaultLabels)) return;
    this.defaultLabels = { ...labels };
    for (const listener of this.#listeners) listener.relabelled(this);
  }

  #putMethods(): void {
    const registry = this.#registry;
    const { registerMetric, removeSingleMetric, clear, setDefaultLabels } = registry;
    const { getMetricsAsString, getSingleMetricAsString } = this.#classMethods;
    const put = <K extends keyof ClientRegistry>(name: K, method: ClientRegistry[K]) =>
      this.#undo.push(putMethod(registry, name, method));
    put('registerMetric', (metric) => {
      const isKnown = registry.getMetricsAsArray().includes(metric);
      registerMetric.call(registry, metric);
      if (!isKnown) whenConstructed(metric, (isNew) => this.#tellAdded(metric, isNew));
    });
    put('removeSingleMetric', (name) => {
      const metric = registry.getSingleMetric(name);
      removeSingleMetric.call(registry, name);
      if (metric !== undefined) this.#tellRemoved([metric]);
    });
    put('clear', () => {
      const metrics = registry.getMetricsAsArray();
      clear.call(registry);
      this.#tellRemoved(metrics);
      this.#setLabels({});
    });
    put('setDefaultLabels', (labels) => {
      setDefaultLabels.call(registry, labels);
      this.#setLabels(labels);
    });
    put('metrics', () => this.#print(registry.getMetricsAsArray()));
    if (getMetricsAsString) {
      put('getMetricsAsString', (one) => this.#printOne(one, () => getMetricsAsString.call(registry, one)));
    }
    put('getSingleMetricAsString', (name) => {
      return this.#printOne(registry.getSingleMetric(name), () => getSingleMetricAsString.call(registry, name));
    });
  }

  #tellAdded(metric: object, isNew: boolean): void {
    // It may have left again in the meantime.
    if (!this.metrics.includes(metric)) return;
    for (const listener of this.#listeners) listener.added(this, metric, isNew);
  }

  #tellRemoved(metrics: readonly object[]): void {
    for (const listener of this.#listeners) for (const metric of metrics) listener.removed(this, metric);
  }

  #view(metrics: readonly object[]): ClientRegistry {
    const view: ClientRegistry = Object.create(this.#registry);
    return Object.assign(view, this.#classMethods, { getMetricsAsArray: () => metrics });
  }

  #print(metrics: readonly object[]): Promise<string> {
    return this.#classMethods.metrics.call(this.#view(metrics.map((metric) => this.#printable(metric))));
  }

  async #printOne(metric: object | undefined, printByClass: () => Promise<string>): Promise<string> {
    if (metric === undefined || !printedBy.has(metric)) return printByClass();
    const text = await this.#print([metric]);
    return text.replace(/\n(# EOF\n)?$/, '');
  }

  #printable(metric: object): object {
    const read = printedBy.get(metric);
    if (read === undefined || !isClientMetric(metric)) return metric;
    const { name, help, type } = metric;
    const get = async (): Promise<object> => {
      const reading = await read();
      await this.readLabels();
      // The bucket's bound comes first, then the registry's labels, then the series' own.
      const values = reading.values.map(({ labels: { le, ...own }, ...value }) => {
        const others = Object.entries(this.defaultLabels).filter(([label]) => !(label in own));
        return { ...value, labels: { ...(le === undefined ? {} : { le }), ...Object.fromEntries(others), ...own } };
      });
      return { ...reading, values };
    };
    return { name, help, type, get };
  }
}

/** For comparing labels: JSON has neither a bigint nor what refers to itself. */
function inText(labels: object): string {
  return inspect({ ...labels });
}

/** Metrics whose constructors are not done, and who waits: a constructor registers its metric with each of its registries. */
const constructing = new WeakMap<object, ((isNew: boolean) => void)[]>();

/**
 * Calls back when a metric's constructor is done with what is to be replaced: at once, as soon as its last member is
 * assigned, or at the end of the turn. A client's constructor registers its metric before; so nothing that is recorded in the
 * metric, and no handle, ever goes around.
 *
 * @param done told whether nothing can have been recorded in it yet
 */
function whenConstructed(metric: object, done: (isNew: boolean) => void): void {
  const { get, reset }: { get?: unknown; reset?: unknown } = metric;
  if (isClientMetric(metric) || Object.hasOwn(metric, 'get') || !isMethod(get) || !isMethod(reset)) {
    done(false);
    return;
  }
  const waiting = constructing.get(metric);
  if (waiting !== undefined) {
    waiting.push(done);
    return;
  }
  const told = [done];
  constructing.set(metric, told);
  const finish = (isNew: boolean): void => {
    constructing.delete(metric);
    for (const tell of told.splice(0)) tell(isNew);
  };
  const stops = [
    onAssigned(metric, 'type', (type) => {
      if (type === 'counter') stops.push(onAssigned(metric, 'inc', () => finish(true)));
      else if (type === 'histogram') stops.push(onAssigned(metric, 'observe', () => finish(true)));
      else finish(type === 'gauge');
    }),
  ];
  queueMicrotask(() => {
    for (const stop of stops) stop();
    finish(false);
  });
}

/** @returns stops waiting for the assignment */
function onAssigned(target: object, name: string, assigned: (value: unknown) => void): () => void {
  let isWaiting = true;
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    get: () => undefined,
    set(value: unknown) {
      isWaiting = false;
      Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true });
      assigned(value);
    },
  });
  return () => {
    const loose: Partial<Record<string, unknown>> = Object(target);
    if (isWaiting) delete loose[name];
  };
}

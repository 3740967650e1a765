/**
 * The class of a metric that is taken over. What it keeps by itself: its `get()` reads at the call, and gives the values some
 * microtasks later, so a reading knows what was reset or removed in between. And what differs between releases of the clients and
 * shows in what they print: found by trying the class, in a metric that no registry has.
 * Must not know: which client or release a class is of, nor what is done with the values.
 */
import {
  type ClientMethod,
  type ClientMetric,
  isClientMetric,
  type Labels,
  type MetricKind,
  parseReading,
  withoutCollect,
} from './client.js';
import { type Held, heldIn } from './distribution.js';
import { LabelTree } from './label-tree.js';

export interface ClassReading {
  /** What the class held at the call. */
  readonly held: Promise<readonly Held[]>;
  /** Since the call. */
  isReset: boolean;
  readonly removed: LabelTree<true>;
}

export class ClassStorage {
  readonly #metric: ClientMetric;
  readonly #missing: () => '' | undefined;
  readonly #get: ClientMethod;
  readonly #reset: ClientMethod;
  readonly #remove: ClientMethod;
  readonly #readings = new Set<ClassReading>();

  /** @param missing as for {@link LabelTree} */
  constructor(metric: ClientMetric, missing: () => '' | undefined) {
    this.#metric = metric;
    this.#missing = missing;
    this.#get = metric.get;
    this.#reset = metric.reset;
    this.#remove = metric.remove;
  }

  /** Whether values have been read, and not been taken in yet. */
  get isReading(): boolean {
    return this.#readings.size > 0;
  }

  /** @param takeIn the reading is done with when this has resolved */
  read(takeIn: (reading: ClassReading) => Promise<void>): Promise<void> {
    const { type, buckets = [], labelNames = [] } = this.#metric;
    const given = this.#get.call(withoutCollect(this.#metric));
    const held = (async () => heldIn(parseReading(await given)?.values ?? [], type, buckets.length))();
    const reading = { held, isReset: false, removed: new LabelTree<true>(labelNames, this.#missing) };
    this.#readings.add(reading);
    return takeIn(reading).finally(() => this.#readings.delete(reading));
  }

  empty(): void {
    this.#reset.call(this.#metric);
  }

  reset(): void {
    this.empty();
    for (const reading of this.#readings) reading.isReset = true;
  }

  remove(args: readonly unknown[], labels: Labels): unknown {
    const result = this.#remove.apply(this.#metric, [...args]);
    for (const { removed } of this.#readings) removed.set(labels, true);
    return result;
  }
}

export interface Traits {
  /** What a label that is left out beside others is taken for: an empty one, or nothing else. */
  readonly missingLabel: '' | undefined;
  /** An exemplar of a counter has the amount, or what the counter stands at. */
  readonly exemplarValue: 'amount' | 'total';
}

export interface ClassTraits {
  /** Undefined until `ready`, a few microtasks after the first metric of the class was seen. */
  current: Traits | undefined;
  readonly ready: Promise<void>;
}

/** By prototypes of classes: each copy of a module has its own. */
const known = new WeakMap<object, ClassTraits>();

/** @param prototype of the class that `get()` belongs to */
export function traitsOf(prototype: Labels, kind: MetricKind): ClassTraits {
  const before = known.get(prototype);
  if (before !== undefined) return before;
  const traits: ClassTraits = {
    current: undefined,
    ready: tryClass(prototype['constructor'], kind)
      .catch((): Traits => ({ missingLabel: undefined, exemplarValue: 'amount' }))
      .then((found) => {
        traits.current = found;
      }),
  };
  known.set(prototype, traits);
  return traits;
}

function isClass(value: unknown): value is new (configuration: object) => object {
  return typeof value === 'function';
}

async function tryClass(Class: unknown, kind: MetricKind): Promise<Traits> {
  if (!isClass(Class)) throw new TypeError('The prototype has no constructor.');
  const metric = new Class({
    name: 'probe',
    help: 'Probe',
    labelNames: ['a', 'b'],
    registers: [],
    enableExemplars: kind === 'counter',
  });
  if (!isClientMetric(metric)) throw new TypeError('The class makes no metrics.');
  if (kind === 'counter') {
    metric.inc({ labels: { a: 'x' } });
    metric.inc({ labels: { a: 'x', b: '' }, value: 2, exemplarLabels: { t: '1' } });
    metric.inc({ labels: { a: 'y', b: 'z' } });
    metric.inc({ labels: { a: 'y', b: 'z' }, value: 2, exemplarLabels: { t: '1' } });
  } else {
    const update = (kind === 'gauge' ? metric.set : metric.observe).bind(metric);
    update({ a: 'x' }, 1);
    update({ a: 'x', b: '' }, 1);
  }
  const { values = [] } = parseReading(await metric.get()) ?? {};
  return {
    missingLabel: values.some(({ labels }) => labels['a'] === 'x' && labels['b'] === '') ? undefined : '',
    exemplarValue: values.some(({ exemplar }) => exemplar?.value === 3) ? 'total' : 'amount',
  };
}

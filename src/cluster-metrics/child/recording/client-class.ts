/**
 * What differs between releases of the clients and shows in what they print: found by trying a metric's class, in a metric that no
 * registry has.
 * Must not know: which client or release a class is of.
 */
import type { MetricType } from '../../wire/protocol.js';
import { isClientMetric, type Labels, parseReading } from './client.js';

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
export function traitsOf(prototype: Labels, kind: MetricType): ClassTraits {
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

async function tryClass(Class: unknown, kind: MetricType): Promise<Traits> {
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
    metric.inc({ labels: { a: 'x' }, value: 2, exemplarLabels: { t: '1' } });
    metric.inc({ labels: { a: 'x', b: '' } });
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

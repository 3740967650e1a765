/**
 * What is not the same in all releases of the clients and shows in what they print: found by trying the class, in an
 * instance that no registry has.
 *
 * Must not know: which client or release a class is of.
 */
import { isClientMetric, type Labels, type MetricKind, parseReading } from './client.js';

export interface Traits {
  /** What a label that is left out beside others is taken for: an empty one, or nothing else. */
  readonly missingLabel: '' | undefined;
  /** An exemplar of a counter has the amount, or what the counter stands at. */
  readonly exemplarValue: 'amount' | 'total';
}

/** Prototypes of classes, by identity: each copy of a module has its own. */
const known = new WeakMap<object, ClassTraits>();

export class ClassTraits {
  /** Undefined: not known yet. A few microtasks after the first metric of the class was seen, they are. */
  current: Traits | undefined;
  readonly ready: Promise<void>;

  /** @param prototype of the class that `get()` belongs to */
  static of(prototype: Labels, kind: MetricKind): ClassTraits {
    let traits = known.get(prototype);
    if (traits === undefined) {
      traits = new ClassTraits(prototype, kind);
      known.set(prototype, traits);
    }
    return traits;
  }

  private constructor(prototype: Labels, kind: MetricKind) {
    this.ready = tryClass(prototype['constructor'], kind).then(
      (traits) => {
        this.current = traits;
      },
      () => {
        this.current = { missingLabel: undefined, exemplarValue: 'amount' };
      },
    );
  }
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

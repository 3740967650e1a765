/**
 * What the class of a metric that is taken over keeps by itself. Its `get()` reads at the call, and gives the values some
 * microtasks later, so a reading knows what was reset or removed in between.
 * Must not know: what is done with the values.
 */
import { type ClientMethod, type ClientMetric, type Labels, parseReading, withoutCollect } from './client.js';
import { type Held, heldIn } from './distribution.js';
import { LabelTree } from './label-tree.js';

export class ClassReading {
  isReset = false;
  #removed: LabelTree<true> | undefined;

  /** @param held what the class held at the call */
  constructor(
    readonly held: Promise<readonly Held[]>,
    readonly createTree: () => LabelTree<true>,
  ) {}

  remove(labels: Labels): void {
    this.#removed ??= this.createTree();
    this.#removed.set(labels, true);
  }

  isRemoved({ labels }: Held): boolean {
    return this.#removed?.get(labels) === true;
  }
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
    const reading = new ClassReading(held, () => new LabelTree(labelNames, this.#missing));
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
    for (const reading of this.#readings) reading.remove(labels);
    return result;
  }
}

/**
 * Series of gauges: each child's value by itself, and the rules by which they become one.
 * Must not know: how a child reports, nor the other series of its metric.
 */
import type { MergeRule } from '../../wire/definition.js';
import { type Format, formatNumber, type Labels } from '../printing/exposition.js';
import { type Contributor, type Family, Series } from './family.js';

/** What one child holds for one series: as often as it has metrics of the name, in registries of their own. */
interface Contribution {
  /** The child's id of its series. */
  readonly id: number;
  value: number;
  /** How many children's values are folded into this one; an average needs it. */
  readonly weight: number;
  /** Order of introduction, for `first`. */
  readonly introduced: number;
  /** Order of the last update, for `most-recent`. */
  updated: number;
}

type Fold = (a: Contribution, b: Contribution) => number;

/** Contributions merge pairwise, so that those of ended children are kept as one, and memory stays bounded. */
const folds: Record<Exclude<MergeRule, 'omit' | 'ratio'>, Fold> = {
  sum: (a, b) => a.value + b.value,
  min: (a, b) => Math.min(a.value, b.value),
  max: (a, b) => Math.max(a.value, b.value),
  average: (a, b) => (a.value * a.weight + b.value * b.weight) / (a.weight + b.weight),
  first: (a, b) => (a.introduced <= b.introduced ? a.value : b.value),
  'most-recent': (a, b) => (a.updated >= b.updated ? a.value : b.value),
  // The identity labels keep children apart; only a slot's former and present child meet here.
  'per-child': (a, b) => (a.updated >= b.updated ? a.value : b.value),
};

export class GaugeSeries extends Series {
  readonly #fold: Fold;
  readonly #isLive: boolean;
  /** Undefined: what children that are gone have left (cumulative gauges only). */
  readonly #contributions = new Map<Contributor | undefined, readonly Contribution[]>();

  constructor(family: Family, labels: Labels, printedLabels: string, rule: keyof typeof folds) {
    super(family, labels, printedLabels);
    this.#fold = folds[rule];
    this.#isLive = family.definition.retention === 'live';
  }

  /** Undefined when no value counts: a stale child's live values may no longer be true. */
  get value(): number | undefined {
    let merged: Contribution | undefined;
    for (const [source, own] of this.#contributions) {
      if (this.#isLive && source?.stale === true) continue;
      for (const one of own) merged = this.#folded(merged, one);
    }
    return merged?.value;
  }

  /** @param order counts the updates of all gauges */
  set(source: Contributor, id: number, value: number, order: number): void {
    const all = this.#contributions.get(source) ?? [];
    const own = all.find((one) => one.id === id);
    if (own === undefined) {
      this.#contributions.set(source, [...all, { id, value, weight: 1, introduced: order, updated: order }]);
    } else {
      own.value = value;
      own.updated = order;
    }
    this.changed();
  }

  override withdraw(source: Contributor, id: number): boolean {
    const others = (this.#contributions.get(source) ?? []).filter((one) => one.id !== id);
    if (others.length > 0) this.#contributions.set(source, others);
    else this.#contributions.delete(source);
    this.changed();
    return this.#contributions.size > 0;
  }

  override depart(source: Contributor): boolean {
    const own = this.#contributions.get(source) ?? [];
    this.#contributions.delete(source);
    if (!this.#isLive && own.length > 0) {
      const left = own.reduce<Contribution | undefined>(
        (merged, one) => this.#folded(merged, one),
        this.#contributions.get(undefined)?.[0],
      );
      if (left !== undefined) this.#contributions.set(undefined, [left]);
    }
    this.changed();
    return this.#contributions.size > 0 || !this.#isLive;
  }

  print(format: Format): string {
    const { value } = this;
    return value === undefined
      ? ''
      : `${this.family.naming[format].sample}${this.printedLabels} ${formatNumber(value)}\n`;
  }

  #folded(a: Contribution | undefined, b: Contribution): Contribution {
    if (a === undefined) return b;
    return {
      id: a.id,
      value: this.#fold(a, b),
      weight: a.weight + b.weight,
      introduced: Math.min(a.introduced, b.introduced),
      updated: Math.max(a.updated, b.updated),
    };
  }
}

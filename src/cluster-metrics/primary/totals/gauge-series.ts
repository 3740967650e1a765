/**
 * Series of gauges: each child's value by itself, and the rules by which they become one.
 * Must not know: how a child reports, nor the other series of its metric.
 */
import type { MergeRule } from '../../wire/definition.js';
import { type Format, formatNumber, type Labels } from '../printing/exposition.js';
import { type Contributor, type Family, Series } from './family.js';

/** What one child holds for one series: as often as it has metrics of the name, in registries of their own. */
interface Contribution {
  /** Undefined: what children that are gone have left (cumulative gauges only). */
  readonly source: Contributor | undefined;
  /** The child's id of its series. */
  readonly id: number;
  value: number;
  /** How many children's values are folded into this one; an average needs it. */
  weight: number;
  /** Order of introduction, for `first`. */
  introduced: number;
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
  /** Mostly one for each child: to look through them is faster than any map. */
  #contributions: Contribution[] = [];

  constructor(family: Family, labels: Labels, printedLabels: string, rule: keyof typeof folds) {
    super(family, labels, printedLabels);
    this.#fold = folds[rule];
    this.#isLive = family.definition.retention === 'live';
  }

  /** Undefined when no value counts: a stale child's live values may no longer be true. */
  get value(): number | undefined {
    return this.#merged(({ source }) => !this.#isLive || source?.stale !== true)?.value;
  }

  /** @param order counts the updates of all gauges */
  set(source: Contributor, id: number, value: number, order: number): void {
    this.changed();
    for (const own of this.#contributions) {
      if (own.source !== source || own.id !== id) continue;
      own.value = value;
      own.updated = order;
      return;
    }
    this.#contributions.push({ source, id, value, weight: 1, introduced: order, updated: order });
  }

  override withdraw(source: Contributor, id: number): boolean {
    this.#contributions = this.#contributions.filter((one) => one.source !== source || one.id !== id);
    this.changed();
    return this.#contributions.length > 0;
  }

  override depart(source: Contributor): boolean {
    const left = this.#isLive ? undefined : this.#merged((one) => one.source === source || one.source === undefined);
    const others = this.#contributions.filter((one) => one.source !== source && one.source !== undefined);
    this.#contributions = left === undefined ? others : [{ ...left, source: undefined }, ...others];
    this.changed();
    return this.#contributions.length > 0 || !this.#isLive;
  }

  print(format: Format): string {
    const { value } = this;
    return value === undefined
      ? ''
      : `${this.family.naming[format].sample}${this.printedLabels} ${formatNumber(value)}\n`;
  }

  #merged(counts: (one: Contribution) => boolean): Contribution | undefined {
    let merged: Contribution | undefined;
    for (const one of this.#contributions) {
      if (!counts(one)) continue;
      if (merged === undefined) merged = { ...one };
      else {
        merged.value = this.#fold(merged, one);
        merged.weight += one.weight;
        merged.introduced = Math.min(merged.introduced, one.introduced);
        merged.updated = Math.max(merged.updated, one.updated);
      }
    }
    return merged;
  }
}

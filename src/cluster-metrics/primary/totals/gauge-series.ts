/**
 * Series of gauges: each child's value by itself, and the rules by which they become one.
 * Must not know: how a child reports, nor the other series of its metric.
 */
import type { MergeRule } from '../../wire/definition.js';
import { type Format, formatNumber, type Labels } from '../printing/exposition.js';
import { type Contributor, type Family, Series } from './family.js';
import type { Reading } from './reading.js';

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

type Merge = (some: readonly Contribution[]) => number;

/** Counts the updates of all gauges. */
let updates = 0;

const mostRecent: Merge = (some) => some.reduce((a, b) => (a.updated >= b.updated ? a : b)).value;

/** Those of ended children are kept as one, so that memory stays bounded: the rules are associative. */
const merges: Record<Exclude<MergeRule, 'omit' | 'ratio'>, Merge> = {
  sum: (some) => some.reduce((sum, { value }) => sum + value, 0),
  min: (some) => some.reduce((least, { value }) => Math.min(least, value), Number.POSITIVE_INFINITY),
  max: (some) => some.reduce((most, { value }) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  average: (some) => some.reduce((sum, { value, weight }) => sum + value * weight, 0) / weightOf(some),
  first: (some) => some.reduce((a, b) => (a.introduced <= b.introduced ? a : b)).value,
  'most-recent': mostRecent,
  // The identity labels keep children apart; only a slot's former and present child meet here.
  'per-child': mostRecent,
};

function isStale({ source }: Contribution): boolean {
  return source?.stale === true;
}

function weightOf(some: readonly Contribution[]): number {
  return some.reduce((sum, { weight }) => sum + weight, 0);
}

export class GaugeSeries extends Series {
  readonly #merge: Merge;
  readonly #isLive: boolean;
  /** Mostly one for each child: to look through them is faster than any map. */
  #contributions: Contribution[] = [];

  constructor(family: Family, labels: Labels, printedLabels: string, rule: keyof typeof merges) {
    super(family, labels, printedLabels);
    this.#merge = merges[rule];
    this.#isLive = family.definition.retention === 'live';
  }

  override read(): Reading | undefined {
    const value = this.#value();
    return value === undefined ? undefined : { labels: this.labels, value };
  }

  /** Undefined when no value counts: a stale child's live values may no longer be true. */
  #value(): number | undefined {
    const all = this.#contributions;
    const counted = this.#isLive && all.some(isStale) ? all.filter((one) => !isStale(one)) : all;
    return counted.length === 0 ? undefined : this.#merge(counted);
  }

  set(source: Contributor, id: number, value: number): void {
    this.changed();
    updates += 1;
    for (const own of this.#contributions) {
      if (own.source !== source || own.id !== id) continue;
      own.value = value;
      own.updated = updates;
      return;
    }
    this.#contributions.push({ source, id, value, weight: 1, introduced: updates, updated: updates });
  }

  override leave(source: Contributor, id: number, isGone: boolean): boolean {
    this.changed();
    const stays = isGone && !this.#isLive;
    const leaves = (one: Contribution) => one.source === source && one.id === id;
    const folded = this.#contributions.filter((one) => leaves(one) || (stays && one.source === undefined));
    this.#contributions = this.#contributions.filter((one) => !folded.includes(one));
    if (stays && folded.length > 0) this.#contributions.push(this.#asOne(folded));
    return stays || this.#contributions.length > 0;
  }

  print(format: Format): string {
    const value = this.#value();
    return value === undefined ? '' : `${this.family.samples[format]}${this.printedLabels} ${formatNumber(value)}\n`;
  }

  #asOne(some: readonly Contribution[]): Contribution {
    const introduced = Math.min(...some.map((one) => one.introduced));
    const updated = Math.max(...some.map((one) => one.updated));
    return { source: undefined, id: 0, value: this.#merge(some), weight: weightOf(some), introduced, updated };
  }
}

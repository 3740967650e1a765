/**
 * Series of gauges: each child's value, or its hits and trials, by itself, and what they are together.
 *
 * Must not know: who reports them, nor the other series of their metric.
 */
import type { Retention } from '../wire/definition.js';
import type { Layout, Token } from './chunk.js';
import { type Contribution, type Contributor, type FoldRule, fold, merge } from './contribution.js';
import type { Descriptor } from './descriptor.js';
import type { Format, LabelSet } from './exposition.js';
import { RollingRatio } from './rolling-ratio.js';
import { numberToken, oneLine, Series } from './series.js';

/** A gauge: each child's value by itself, merged when it is printed. */
export class MergedSeries extends Series {
  #contributions: Contribution[] = [];

  constructor(
    family: Descriptor,
    key: string,
    labelSet: LabelSet,
    readonly rule: FoldRule,
    readonly retention: Retention,
  ) {
    super(family, key, labelSet);
  }

  get value(): number | undefined {
    return merge(this.rule, this.retention, this.#contributions);
  }

  get size(): number {
    return this.value === undefined ? 0 : 1;
  }

  set(source: Contributor, value: number, order: number): void {
    const own = this.#contributions.find((one) => one.source === source);
    if (own) {
      own.value = value;
      own.updated = order;
    } else {
      this.#contributions.push({ source, value, weight: 1, introduced: order, updated: order });
    }
    this.changed();
  }

  /** The source removed this series on purpose. @returns false when nothing is left */
  withdraw(source: Contributor): boolean {
    this.#contributions = this.#contributions.filter((one) => one.source !== source);
    this.changed();
    return this.#contributions.length > 0;
  }

  depart(source: Contributor): boolean {
    if (this.retention === 'live') return this.withdraw(source);
    const index = this.#contributions.findIndex((one) => one.source === source);
    const own = this.#contributions[index];
    if (own === undefined) return true;
    this.#contributions.splice(index, 1);
    const left = this.#contributions.findIndex((one) => one.source === undefined);
    const dead = this.#contributions[left];
    if (dead === undefined) this.#contributions.push({ ...own, source: undefined });
    else this.#contributions[left] = fold(this.rule, dead, own);
    this.changed();
    return true;
  }

  tokens(): readonly Token[] {
    const { value } = this;
    return value === undefined ? [] : [numberToken(value)];
  }

  layout(format: Format): Layout {
    const { family } = this;
    const isTotal = format === 'openmetrics' && family.openMetricsType === 'counter';
    return oneLine(this, isTotal ? `${family.baseName}_total` : family.name);
  }
}

/** Hits over trials of all processes in a rolling window. */
export class RatioSeries extends Series {
  /** One for what stays, or one for each live source. */
  readonly #windows = new Map<Contributor | undefined, RollingRatio>();
  #printed: number | undefined;

  get size(): number {
    return this.#printed === undefined ? 0 : 1;
  }

  add(source: Contributor, hits: number, trials: number, nowMs: number): void {
    const owner = this.family.retention === 'live' ? source : undefined;
    let window = this.#windows.get(owner);
    if (window === undefined) {
      window = new RollingRatio(this.family.windowSeconds, nowMs);
      this.#windows.set(owner, window);
    }
    window.add(hits, trials, nowMs);
    this.changed();
  }

  /** Its value changes by the mere passing of time. */
  tick(nowMs: number): void {
    const value = this.value(nowMs);
    if (value === this.#printed) return;
    this.#printed = value;
    this.changed();
  }

  value(nowMs: number): number | undefined {
    const { hits, trials } = this.totals(nowMs);
    return trials === 0 ? undefined : (this.family.scale * hits) / trials;
  }

  /** What the ratio is made of, in its window. */
  totals(nowMs: number): { readonly hits: number; readonly trials: number } {
    let hits = 0;
    let trials = 0;
    for (const [source, window] of this.#windows) {
      if (source?.stale) continue;
      const totals = window.totals(nowMs);
      hits += totals.hits;
      trials += totals.trials;
    }
    return { hits, trials };
  }

  depart(source: Contributor): boolean {
    if (!this.#windows.delete(source)) return true;
    this.changed();
    return this.#windows.size > 0;
  }

  tokens(): readonly Token[] {
    return this.#printed === undefined ? [] : [numberToken(this.#printed)];
  }

  layout(): Layout {
    return oneLine(this, this.family.name);
  }
}

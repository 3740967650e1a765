/**
 * Which metrics are shown, and under which definition. Processes may disagree about a metric, as while a reload changes its
 * buckets: the definition that a live process has held for longest is shown, others are counted and wait. When no live
 * process holds the one that is shown, the next takes its name, and what was counted under the former goes.
 *
 * Must not know: how series are added up, nor who reports.
 */
import type { MetricIntroduction } from '../wire/changes.js';
import type { Descriptor } from './descriptor.js';
import { Family } from './family.js';

export class Families {
  readonly #shown = new Map<string, Family>();
  #waiting: Family[] = [];
  readonly #holders = new Map<Descriptor, number>();
  #sorted: Family[] | undefined;

  /** @param created whether OpenMetrics gets `_created` lines */
  constructor(readonly created: boolean) {}

  /** By name, so that two scrapes compare line by line. */
  get sorted(): readonly Family[] {
    this.#sorted ??= [...this.#shown.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#sorted;
  }

  /** Shown or waiting. */
  *all(): Generator<Family> {
    yield* this.#shown.values();
    yield* this.#waiting;
  }

  get(name: string): Family | undefined {
    return this.#shown.get(name);
  }

  /**
   * One more process holds a metric.
   *
   * @returns its family, and why it is not shown, if it is not
   */
  hold(introduction: MetricIntroduction): { readonly family: Family; readonly conflict: string | undefined } {
    let family: Family | undefined;
    for (const known of this.all()) {
      if (known.name === introduction.name && known.conflictWith(introduction) === undefined) family ??= known;
    }
    family ??= new Family(introduction, this.created);
    this.#holders.set(family, this.#holdersOf(family) + 1);
    const conflict = this.#show(family);
    if (conflict !== undefined && !this.#waiting.includes(family)) this.#waiting.push(family);
    return { family, conflict };
  }

  /** A process is gone, or has the metric no longer. */
  letGo(family: Family): void {
    const left = this.#holdersOf(family) - 1;
    if (left > 0) {
      this.#holders.set(family, left);
      return;
    }
    this.#holders.delete(family);
    const waiting = this.#waiting.filter((one) => this.#holdersOf(one) > 0);
    this.#waiting = waiting.filter((one) => this.#show(one) !== undefined);
  }

  #holdersOf(family: Descriptor): number {
    return this.#holders.get(family) ?? 0;
  }

  /** Shows a family unless one that a process holds conflicts with it. @returns why it cannot be shown */
  #show(family: Family): string | undefined {
    if (this.#shown.get(family.name) === family) return undefined;
    const inTheWay = [...this.#shown.values()].flatMap((other) => {
      const conflict = conflictBetween(other, family);
      return conflict === undefined ? [] : [{ other, conflict }];
    });
    const held = inTheWay.find(({ other }) => this.#holdersOf(other) > 0);
    if (held !== undefined) return held.conflict;
    for (const { other } of inTheWay) {
      this.#shown.delete(other.name);
      this.#holders.delete(other);
    }
    this.#settleBaseName(family);
    this.#shown.set(family.name, family);
    this.#sorted = undefined;
    return undefined;
  }

  /** `foo_total` and `foo` are two families here, but one name in OpenMetrics; the counter gives way. */
  #settleBaseName(family: Family): void {
    for (const other of this.#shown.values()) {
      if (other.baseName !== family.baseName) continue;
      const counter = family.type === 'counter' ? family : other;
      if (counter.type === 'counter') counter.declareUnknown();
    }
  }
}

/** @returns a sentence's predicate, such as `has other buckets` */
function conflictBetween(shown: Family, other: Family): string | undefined {
  if (shown.name === other.name) return shown.conflictWith(other) ?? 'is defined twice';
  for (const format of ['text', 'openmetrics'] as const) {
    const names = new Set(shown.sampleNames(format));
    const same = other.sampleNames(format).find((name) => names.has(name));
    if (same !== undefined) return `prints ${same}, which ${shown.name} prints in the ${format} format`;
  }
  return undefined;
}

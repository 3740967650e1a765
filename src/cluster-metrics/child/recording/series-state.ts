/**
 * One label set of one metric in this process: what it stands at, and what of that the primary has been sent. An update
 * changes the first, and queues the state; a report has the difference, in the flat arrays of wire/protocol.ts.
 * Must not know: how a metrics client keeps anything, nor when a report is made.
 */
import { type Changes, toWire } from '../../wire/protocol.js';
import { type ClientExemplar, type Labels, printedTextOf } from './client.js';
import { halfOf } from './distribution.js';
import type { ReportedMetric } from './reported-metric.js';

/**
 * - `present`: its registry shows it;
 * - `reset`: its metric was reset, and it has not been set since: it may be on its way to the same value again;
 * - `gone`: removed; an update makes a new state.
 */
export type Presence = 'present' | 'reset' | 'gone';

/** Ids of series that have none: not introduced yet, or refused for good. */
export const notIntroduced = -1;
export const refused = -2;

/** What the primary has of a counter, or of a histogram by place. */
export type Sent = number | readonly number[];

/** Numbers of a class or of a reading are by place: see distribution.ts. */
export abstract class SeriesBase {
  /** It waits to be reported. */
  isQueued = false;
  id = notIntroduced;
  presence: Presence = 'present';
  /** By place of the bucket; above the last finite bound comes one more. A counter has one, at 0. */
  exemplars: Map<number, ClientExemplar> | undefined = undefined;
  /** Places of those that have not been sent. */
  protected unsentExemplars: Set<number> | undefined = undefined;

  constructor(
    readonly metric: ReportedMetric,
    readonly labels: Labels,
  ) {}

  /** Puts what has not been sent into a report. */
  abstract report(changes: Changes): void;
  /** What it stands at, of what is not added up and has been sent; undefined of all else. */
  get level(): number | undefined {
    return undefined;
  }
  /** Besides what it stands at. */
  abstract add(found: readonly number[]): void;
  /** Counted before it was reset or removed, and found only now. A level of before says nothing of now. */
  addFormer(_found: readonly number[]): void {}
  /** It is kept elsewhere, and stands at this. */
  abstract mirror(total: readonly number[]): void;
  /** Its metric is reset. */
  abstract zero(): void;
  /** As if nothing that it stands at had been sent. */
  abstract unsend(): void;
  /** What is counted and has not been sent, by place. */
  get owed(): readonly number[] {
    return [];
  }
  /** Of what is found in it, or was before a reset, its former reporter sent this. To be called before the first report. */
  continueFrom(_found: readonly number[], _sent: Sent): void {}

  setExemplar(exemplar: ClientExemplar, bucket = 0): void {
    (this.exemplars ??= new Map()).set(bucket, exemplar);
    (this.unsentExemplars ??= new Set()).add(bucket);
    this.changed();
  }

  /** There is something to report. */
  changed(): void {
    if (!this.isQueued) this.metric.queue.add(this);
  }

  /** @param placeOf the place of a bucket for the primary */
  protected reportExemplars(changes: Changes, placeOf: (bucket: number) => number): void {
    for (const bucket of this.unsentExemplars ?? []) {
      const exemplar = this.exemplars?.get(bucket);
      if (exemplar === undefined) continue;
      const { labelSet, value, timestamp } = exemplar;
      const labels = Object.fromEntries(Object.entries(labelSet).map(([name, label]) => [name, printedTextOf(label)]));
      (changes.exemplars ??= []).push([this.id, placeOf(bucket), labels, value, timestamp]);
    }
    this.unsentExemplars = undefined;
  }

  leavesOut(name: string): boolean {
    // Not what every object inherits, such as a `constructor`.
    const value = Object.hasOwn(this.labels, name) ? this.labels[name] : undefined;
    return value === undefined || (value === null && this.metric.missing() === '');
  }

  /** Its label values, in the order of its metric's label names. */
  get labelValues(): string[] {
    const { facts, constantLabels } = this.metric;
    return facts.labelNames.map((name) => {
      if (!this.leavesOut(name)) return printedTextOf(this.labels[name]);
      return printedTextOf((Object.hasOwn(constantLabels, name) ? constantLabels[name] : undefined) ?? '');
    });
  }
}

export class CounterState extends SeriesBase {
  readonly kind = 'counter';
  value = 0;
  /** Negative when counts of before a reset have not been sent. */
  sent = 0;
  /** What it stood at when it was reset, until it is clear what that meant: see `#settle`. */
  former = 0;
  /** NaN once the client has accepted it: shown until a reset, and never sent. */
  flaw = 0;

  increase(amount: number): void {
    this.value += amount;
    this.changed();
  }

  add([amount = 0]: readonly number[]): void {
    if (!Number.isFinite(amount)) this.flaw += amount;
    else if (amount !== 0) this.increase(amount);
  }

  override addFormer([amount = 0]: readonly number[]): void {
    if (Number.isFinite(amount)) this.former += amount;
    this.changed();
  }

  mirror([value = 0]: readonly number[]): void {
    if (value === this.value || !Number.isFinite(value)) return;
    if (value < this.value) this.zero();
    this.increase(value - this.value);
    this.value = value;
  }

  zero(): void {
    this.#settle();
    if (this.value > 0) this.former = this.value;
    this.value = 0;
    this.flaw = 0;
    this.exemplars = undefined;
  }

  override get level(): number | undefined {
    return this.metric.rule === 'sum' ? undefined : this.value;
  }

  override get owed(): readonly number[] {
    const count = this.value < this.former ? this.former + this.value : this.value;
    return this.metric.merge === 'sum' ? [count - this.sent] : [];
  }

  report(changes: Changes): void {
    this.#settle();
    const count = this.value === 0 ? this.former : this.value;
    if (this.metric.rule !== 'sum') (changes.gauges ??= []).push(this.id, toWire(this.value));
    else if (count !== this.sent) {
      const increment = count - this.sent;
      const counters = (changes.counters ??= []);
      if (Number.isFinite(increment)) counters.push(this.id, increment);
      else counters.push(this.id, halfOf(this.sent, count), this.id, halfOf(this.sent, count));
    }
    this.sent = count;
    if (this.unsentExemplars !== undefined) this.reportExemplars(changes, () => -1);
  }

  unsend(): void {
    this.#settle();
    // What was counted before a reset is owed still.
    this.sent = Math.min(0, this.sent - (this.value === 0 ? this.former : 0));
    this.former = 0;
    this.unsentExemplars = this.exemplars && new Set(this.exemplars.keys());
  }

  override continueFrom([amount = 0]: readonly number[], sent: Sent): void {
    if (typeof sent !== 'number') return;
    this.sent += sent;
    // It was reset in between.
    if (!(amount >= sent && amount < Number.POSITIVE_INFINITY)) this.former += sent;
  }

  /**
   * A total that is reset and set to the same again, or to more, has grown by the difference alone: it mirrors a number that is
   * counted elsewhere. Below its former value it starts from zero, and all of it is new.
   */
  #settle(): void {
    if (this.former === 0 || this.value === 0) return;
    if (this.value < this.former) this.sent -= this.former;
    this.former = 0;
  }
}

export class GaugeState extends SeriesBase {
  readonly kind = 'gauge';
  value = 0;
  /** Two fields, because the engine allocates memory for each number that is kept in one with other values. */
  sent = 0;
  isSent = false;
  /** What its class holds, as of the last look. */
  inClass = 0;

  set(value: number): void {
    this.value = value;
    this.changed();
  }

  add([amount = 0]: readonly number[]): void {
    this.set(this.value + amount);
  }

  mirror([value = 0]: readonly number[]): void {
    if (!Object.is(value, this.value)) this.set(value);
  }

  override get level(): number | undefined {
    return this.isSent ? this.value : undefined;
  }

  report(changes: Changes): void {
    // Only `most-recent` cares that a value was set again.
    const isNews = !this.isSent || !Object.is(this.value, this.sent) || this.metric.rule === 'most-recent';
    if (this.presence === 'reset' || !isNews) return;
    this.sent = this.value;
    this.isSent = true;
    (changes.gauges ??= []).push(this.id, toWire(this.value));
  }

  zero(): void {
    this.value = 0;
    this.inClass = 0;
  }

  unsend(): void {
    this.isSent = false;
  }
}

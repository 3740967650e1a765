/**
 * One label set of one metric in this process: what it stands at, and what of that no frame has reported yet. The two lie
 * beside each other, so that an update writes both and a report reads one.
 *
 * Must not know: how a metrics client keeps anything, nor what a frame looks like.
 */
import { type Labels, textOf } from './client.js';
import type { ReportedMetric } from './reported-metric.js';
import { bucketsAt, countAt, mostNotes, type SpareArrays, sumAt } from './spare-arrays.js';

export interface StateExemplar {
  readonly labelSet: Labels;
  readonly value: number;
  /** Epoch seconds. */
  readonly timestamp: number;
}

/** Takes states that have something to report. */
export interface Sink {
  add(state: SeriesState): void;
}

/**
 * - `present`: its registry shows it;
 * - `reset`: its metric was reset, and it has not been set since: it may be on its way to the same value again;
 * - `gone`: removed; an update makes a new state.
 */
export type Presence = 'present' | 'reset' | 'gone';

/** Ids of series that have none: not introduced yet, or refused for good. */
export const notIntroduced = -1;
export const refused = -2;

abstract class BaseState {
  /** It waits in the outbox. */
  dirty = false;
  id = notIntroduced;
  presence: Presence = 'present';

  constructor(
    readonly metric: ReportedMetric,
    readonly labels: Labels,
  ) {}
}

export class CounterState extends BaseState {
  readonly kind = 'counter';
  value = 0;
  unsent = 0;
  exemplar: StateExemplar | undefined = undefined;
  hasUnsentExemplar = false;
  /** What it stood at when it was reset, or its former reporter stopped, until it is clear what that meant: see `settle`. */
  before: number | undefined = undefined;

  /** What the primary has of it. */
  get reported(): number {
    return this.before ?? this.value - this.unsent;
  }

  /** As if nothing of it had been reported. */
  unreport(): void {
    settle(this);
    this.unsent = this.value;
    this.hasUnsentExemplar = this.exemplar !== undefined;
  }

  zero(): void {
    settle(this);
    if (this.value > 0) this.before ??= this.value;
    this.value = 0;
    this.exemplar = undefined;
  }

  add(amount: number, sink: Sink): void {
    this.value += amount;
    this.unsent += amount;
    if (!this.dirty) sink.add(this);
  }

  /** Counted before its last reset, and found only now. */
  addFormer(amount: number, sink: Sink): void {
    this.before = (this.before ?? 0) + amount;
    this.unsent += amount;
    if (!this.dirty) sink.add(this);
  }

  setExemplar(exemplar: StateExemplar, sink: Sink): void {
    this.exemplar = exemplar;
    this.hasUnsentExemplar = true;
    if (!this.dirty) sink.add(this);
  }
}

export class GaugeState extends BaseState {
  readonly kind = 'gauge';
  value = 0;
  sent: number | undefined = undefined;

  unreport(): void {
    this.sent = undefined;
  }

  zero(): void {
    this.value = 0;
  }

  set(value: number, sink: Sink): void {
    this.value = value;
    if (!this.dirty) sink.add(this);
  }
}

/** Also a summary, and the hits (sum) and trials (count) of a ratio, as a histogram without buckets. */
export class HistogramState extends BaseState {
  readonly kind = 'histogram';
  readonly total: number[];
  /** The same since the last report, but for what is in the notes; undefined: nothing. */
  unsent: number[] | undefined = undefined;
  /** How many single observations there are since the last report, and the places of their buckets: mostly there is one. */
  noteCount = 0;
  firstNote = 0;
  otherNotes: Uint16Array | undefined = undefined;
  notedSum = 0;
  /** By place of the bucket; above the last finite bound comes one more. */
  exemplars: (StateExemplar | undefined)[] | undefined = undefined;
  unsentExemplars: Set<number> | undefined = undefined;
  /** What it stood at when its former reporter stopped, until there is something to report. */
  before: readonly number[] | undefined = undefined;

  /** What the primary has of it. */
  get reported(): readonly number[] {
    if (this.before !== undefined) return this.before;
    this.#countNotes();
    return this.total.map((value, at) => value - (this.unsent?.[at] ?? 0));
  }

  constructor(
    metric: ReportedMetric,
    labels: Labels,
    readonly spare: SpareArrays,
  ) {
    super(metric, labels);
    this.total = spare.create();
  }

  /** What a ratio counted before may have left its window. */
  unreport(): void {
    if (this.metric.rule === 'ratio') return;
    this.settle();
    this.clearUnsent();
    this.unsent = this.spare.take();
    for (const [at, value] of this.total.entries()) this.unsent[at] = value;
  }

  /** Observations do not mirror a count that is kept elsewhere, so what follows is new. */
  zero(): void {
    this.total.fill(0);
    this.exemplars = undefined;
  }

  /** @param bucket place of the finite bucket; as many as there are: above them all */
  observe(value: number, bucket: number, sink: Sink): void {
    const { total } = this;
    total[sumAt] = (total[sumAt] ?? 0) + value;
    total[countAt] = (total[countAt] ?? 0) + 1;
    const at = bucket + bucketsAt;
    if (at < total.length) total[at] = (total[at] ?? 0) + 1;
    if (this.noteCount === mostNotes) this.#countNotes();
    if (this.noteCount === 0) this.firstNote = bucket;
    else (this.otherNotes ??= this.spare.takeNotes())[this.noteCount] = bucket;
    this.noteCount += 1;
    this.notedSum += value;
    if (!this.dirty) sink.add(this);
  }

  add(increment: readonly number[], sink: Sink): void {
    for (const [at, amount] of increment.entries()) this.total[at] = (this.total[at] ?? 0) + amount;
    this.addFormer(increment, sink);
  }

  /** Observed before its last reset, and found only now. */
  addFormer(increment: readonly number[], sink: Sink): void {
    const unsent = (this.unsent ??= this.spare.take());
    for (const [at, amount] of increment.entries()) unsent[at] = (unsent[at] ?? 0) + amount;
    if (!this.dirty) sink.add(this);
  }

  /** @param bucket as for `observe` */
  setExemplar(bucket: number, exemplar: StateExemplar, sink: Sink): void {
    (this.exemplars ??= [])[bucket] = exemplar;
    (this.unsentExemplars ??= new Set()).add(bucket);
    if (!this.dirty) sink.add(this);
  }

  clearUnsent(): void {
    if (this.unsent) this.spare.giveBack(this.unsent);
    if (this.otherNotes) this.spare.giveNotesBack(this.otherNotes);
    this.unsent = undefined;
    this.otherNotes = undefined;
    this.noteCount = 0;
    this.notedSum = 0;
  }

  /** The place of the bucket of one of the single observations. */
  noteAt(i: number): number {
    return i === 0 ? this.firstNote : (this.otherNotes?.[i] ?? 0);
  }

  /** What was reported by its former reporter is not reported again, unless the metric was reset in between. */
  settle(): void {
    const { before } = this;
    if (before === undefined || this.total[countAt] === 0) return;
    this.before = undefined;
    if (before.some((value, at) => at !== sumAt && value > (this.total[at] ?? 0))) return;
    this.#countNotes();
    const unsent = (this.unsent ??= this.spare.take());
    for (const [at, value] of before.entries()) unsent[at] = (unsent[at] ?? 0) - value;
  }

  #countNotes(): void {
    if (this.noteCount === 0) return;
    const unsent = (this.unsent ??= this.spare.take());
    unsent[sumAt] = (unsent[sumAt] ?? 0) + this.notedSum;
    unsent[countAt] = (unsent[countAt] ?? 0) + this.noteCount;
    for (let i = 0; i < this.noteCount; i++) {
      const at = this.noteAt(i) + bucketsAt;
      if (at < unsent.length) unsent[at] = (unsent[at] ?? 0) + 1;
    }
    this.noteCount = 0;
    this.notedSum = 0;
  }
}

/** Its label values, in the order of its metric's label names. */
export function valuesOf({ metric, labels }: SeriesState): string[] {
  return metric.labelNames.map((name) => textOf(labels[name] ?? ''));
}

export type SeriesState = CounterState | GaugeState | HistogramState;

/**
 * A total that is reset and set to the same again, or to more, has grown by the difference alone: it mirrors a number that
 * is counted elsewhere. Below its former value it starts from zero, and all of it is new. To be called before a report.
 */
export function settle(state: CounterState): void {
  const { value, before } = state;
  if (before === undefined || value === 0) return;
  if (value >= before) state.unsent -= before;
  state.before = undefined;
}

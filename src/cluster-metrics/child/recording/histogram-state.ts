/**
 * One label set of a histogram: see series-state.ts. Also of a summary, and of a ratio, whose hits are the sum and whose trials are
 * the count.
 * Must not know: how a metrics client keeps anything, nor when a report is made.
 */
import type { Changes } from '../../wire/protocol.js';
import type { Labels } from './client.js';
import { bucketsAt, countAt, halfOf, isBelow, sumAt } from './distribution.js';
import type { ReportedMetric } from './reported-metric.js';
import { type Sent, SeriesBase } from './series-state.js';

export class HistogramState extends SeriesBase {
  readonly kind = 'histogram';
  /** By place: see distribution.ts. */
  readonly total: number[];
  /** Negative when observations of before a reset have not been sent. */
  readonly sent: number[];
  /** Places of the buckets between which something changed since the last report: mostly it is one. */
  #low: number;
  #high = 0;

  constructor(metric: ReportedMetric, labels: Labels) {
    super(metric, labels);
    this.total = metric.zeros.slice();
    this.sent = metric.zeros.slice();
    this.#low = this.total.length;
  }

  /** @param bucket place of the finite bucket; as many as there are: above them all */
  observe(value: number, bucket: number): void {
    const { total } = this;
    total[sumAt] = (total[sumAt] ?? 0) + value;
    total[countAt] = (total[countAt] ?? 0) + 1;
    const at = bucket + bucketsAt;
    if (at < total.length) {
      total[at] = (total[at] ?? 0) + 1;
      if (at < this.#low) this.#low = at;
      if (at > this.#high) this.#high = at;
    }
    this.changed();
  }

  add(increment: readonly number[]): void {
    if (increment.every((amount) => amount === 0)) return;
    for (const [at, amount] of increment.entries()) this.total[at] = (this.total[at] ?? 0) + amount;
    this.#changedAll();
  }

  override addFormer(increment: readonly number[]): void {
    for (const [at, amount] of increment.entries()) this.sent[at] = (this.sent[at] ?? 0) - amount;
    this.#changedAll();
  }

  #changedAll(): void {
    this.#low = bucketsAt;
    this.#high = this.total.length - 1;
    this.changed();
  }

  mirror(total: readonly number[]): void {
    if (isBelow(total, this.total)) this.zero();
    this.add(total.map((value, at) => value - (this.total[at] ?? 0)));
  }

  report(changes: Changes): void {
    if (this.unsentExemplars !== undefined) this.reportExemplars(changes, (bucket) => this.#placeOf(bucket));
    const { id, total, sent } = this;
    let sum = (total[sumAt] ?? 0) - (sent[sumAt] ?? 0);
    const count = (total[countAt] ?? 0) - (sent[countAt] ?? 0);
    if (sum === 0 && count === 0) return;
    const before = sent[sumAt] ?? 0;
    sent[sumAt] = total[sumAt] ?? 0;
    sent[countAt] = total[countAt] ?? 0;
    if (this.metric.rule === 'ratio') {
      (changes.ratios ??= []).push(id, sum, count);
      return;
    }
    const out = (changes.histograms ??= []);
    if (!Number.isFinite(sum)) {
      sum = halfOf(before, total[sumAt] ?? 0);
      out.push(id, sum, 0, 0);
    }
    const pairsAt = out.push(id, sum, count, 0) - 1;
    for (let at = this.#low; at <= this.#high; at++) {
      const now = total[at] ?? 0;
      const increment = now - (sent[at] ?? 0);
      if (increment !== 0) out.push(this.#placeOf(at - bucketsAt), increment);
      sent[at] = now;
    }
    out[pairsAt] = (out.length - pairsAt - 1) / 2;
    this.#low = total.length;
    this.#high = 0;
  }

  #placeOf(bucket: number): number {
    return this.metric.bucketPlaces?.[bucket] ?? bucket;
  }

  /** Observations do not mirror a count that is kept elsewhere, so what follows is new. */
  zero(): void {
    this.addFormer(this.total);
    this.total.fill(0);
    this.exemplars = undefined;
  }

  unsend(): void {
    // What a ratio counted before may have left its window.
    if (this.metric.rule === 'ratio') return;
    // Otherwise observations of before a reset are owed still.
    if ((this.sent[countAt] ?? 0) > 0) this.sent.fill(0);
    this.unsentExemplars = this.exemplars && new Set(this.exemplars.keys());
    this.#changedAll();
  }

  override get owed(): readonly number[] {
    return this.total.map((value, at) => value - (this.sent[at] ?? 0));
  }

  override continueFrom(found: readonly number[], sent: Sent): void {
    // It was reset in between: all of it is new.
    if (typeof sent !== 'object' || isBelow(found, sent)) return;
    for (const [at, value] of sent.entries()) this.sent[at] = (this.sent[at] ?? 0) + value;
    this.#changedAll();
  }
}

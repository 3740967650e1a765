/**
 * A metric that is read and not taken over: a summary, one with a `get()` of its own, one that another tracker has
 * taken over. What changed is the difference to the last reading.
 *
 * Must not know: how the metric is updated.
 */
import type { DropReason } from '../wire/changes.js';
import {
  type ClientReading,
  type ClientValue,
  isClientMetric,
  isMethod,
  type Labels,
  parseReading,
  textOf,
  withoutCollect,
} from './client.js';
import { findDistributions } from './distributions.js';
import { ReportedMetric } from './reported-metric.js';
import { CounterState, GaugeState, HistogramState, type SeriesState, type Sink } from './series-state.js';
import { SpareArrays } from './spare-arrays.js';
import { SeriesTable } from './series-table.js';

export interface MirroredMetricOptions {
  readonly sink: Sink;
  /** Called once its name, type and labels are known. */
  readonly onKnown: (metric: ReportedMetric, table: SeriesTable<SeriesState>) => void;
  readonly onDrop: (reason: DropReason, metric: string, detail: string) => void;
}

/** Lines of a reading, as one change of a series each. */
interface Mirror {
  readonly reported: ReportedMetric;
  readonly table: SeriesTable<SeriesState>;
}

export class MirroredMetric {
  readonly #metric: object;
  readonly #options: MirroredMetricOptions;
  readonly #isPlain: boolean;
  #mirror: Mirror | undefined;
  #reading: Promise<void> | undefined;
  #abandoned = false;
  #told = false;

  /** @param isPlain whether its `get()` is a client's own, which only prints */
  constructor(metric: object, options: MirroredMetricOptions, isPlain: boolean) {
    this.#metric = metric;
    this.#options = options;
    this.#isPlain = isPlain;
  }

  get reported(): ReportedMetric | undefined {
    return this.#mirror?.reported;
  }

  get table(): SeriesTable<SeriesState> | undefined {
    return this.#mirror?.table;
  }

  /** A scrape shows what it reads then. */
  readonly collects = true;

  async collect(): Promise<void> {
    const metric = this.#metric;
    if (!this.#isPlain || !isClientMetric(metric)) return this.#read(metric);
    // By itself: a `collect` function that never ends must not hold up the looks.
    if (isMethod(metric.collect)) await metric.collect.call(metric);
    return this.look();
  }

  /** Reads it if that has no side effects. */
  async look(): Promise<void> {
    const metric = this.#metric;
    if (this.#isPlain && isClientMetric(metric)) await this.#read(withoutCollect(metric));
  }

  release(): true {
    this.#abandoned = true;
    return true;
  }

  #read(metric: object): Promise<void> {
    this.#reading ??= this.#readNow(metric).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readNow(metric: object): Promise<void> {
    const { get }: { get?: unknown } = metric;
    const given: unknown = isMethod(get) ? await get.call(metric) : undefined;
    if (this.#abandoned) return;
    const reading = parseReading(given);
    if (reading === undefined) {
      this.#drop('unsupported_metric', 'its get() gives no name, type and values that can be printed');
      return;
    }
    const mirror = (this.#mirror ??= this.#create(reading));
    if (mirror === undefined) return;
    if (reading.type === 'counter' || reading.type === 'gauge') this.#takeNumbers(mirror, reading);
    else this.#takeDistributions(mirror, reading);
  }

  /** Labels are known from the metric, or from its first lines. */
  #create(reading: ClientReading): Mirror | undefined {
    const { labelNames }: { labelNames?: unknown } = this.#metric;
    const given = Array.isArray(labelNames) ? labelNames.map(textOf) : undefined;
    if (given === undefined && reading.values.length === 0) return undefined;
    const isHistogram = reading.type === 'histogram';
    const names = given ?? [...new Set(reading.values.flatMap(({ labels }) => Object.keys(labels)))];
    const bounds = isHistogram ? boundsIn(reading.values) : [];
    if (isHistogram && bounds.length === 0) return undefined;
    const reported = new ReportedMetric(
      reading.name,
      reading.help,
      reading.type,
      names.filter((name) => !(isHistogram && name === 'le') && !(reading.type === 'summary' && name === 'quantile')),
      bounds,
      { ...this.#metric, aggregator: reading.aggregator },
    );
    const spare = new SpareArrays(bounds.length);
    const table = new SeriesTable<SeriesState>(reported, this.#options.sink, (labels) => {
      if (reading.type === 'counter') return new CounterState(reported, labels);
      return reading.type === 'gauge' ? new GaugeState(reported, labels) : new HistogramState(reported, labels, spare);
    });
    this.#options.onKnown(reported, table);
    return { reported, table };
  }

  #takeNumbers({ table }: Mirror, { values }: ClientReading): void {
    const seen = new Set<SeriesState>();
    for (const { labels, value } of values) {
      const state = this.#stateOf(table, labels);
      if (state === undefined) continue;
      seen.add(state);
      if (state.kind === 'gauge') {
        if (!Object.is(state.value, value)) state.set(value, table.sink);
      } else if (state.kind === 'counter') {
        // Below what it was, it began anew.
        const increment = value >= state.value ? value - state.value : value;
        if (Number.isFinite(increment) && increment > 0) state.add(increment, table.sink);
        state.value = value;
      }
    }
    removeUnseen(table, seen);
  }

  #takeDistributions({ table, reported }: Mirror, { values }: ClientReading): void {
    const seen = new Set<SeriesState>();
    for (const { labels, total } of findDistributions(values, reported.buckets.length)) {
      const state = this.#stateOf(table, labels);
      if (state?.kind !== 'histogram') continue;
      seen.add(state);
      const isContinued = total.every((value, at) => at === 0 || value >= (state.total[at] ?? 0));
      const increment = total.map((value, at) => value - (isContinued ? (state.total[at] ?? 0) : 0));
      if (!isContinued) state.total.fill(0);
      if (increment.some((value) => value !== 0)) state.add(increment, table.sink);
    }
    removeUnseen(table, seen);
  }

  #stateOf(table: SeriesTable<SeriesState>, labels: Labels): SeriesState | undefined {
    if (table.accepts(labels)) return table.obtain(labels);
    this.#drop('unsupported_metric', `labels ${Object.keys(labels).join(', ')} are not those that it had at first`);
    return undefined;
  }

  #drop(reason: DropReason, detail: string): void {
    if (this.#told) return;
    this.#told = true;
    const { name }: { name?: unknown } = this.#metric;
    this.#options.onDrop(reason, typeof name === 'string' ? name : 'a metric without a name', detail);
  }
}

function removeUnseen(table: SeriesTable<SeriesState>, seen: ReadonlySet<SeriesState>): void {
  for (const state of table.states) if (!seen.has(state)) table.remove(state.labels);
}

function boundsIn(values: readonly ClientValue[]): number[] {
  const bounds = new Set<number>();
  for (const { labels } of values) {
    const bound = Number(labels['le'] ?? Number.NaN);
    if (Number.isFinite(bound)) bounds.add(bound);
  }
  return [...bounds];
}

/**
 * One update in a child: what reporting costs plain prom-client metrics, and what a catalog's bound handles cost, beside
 * plain prom-client without any of this; the same over prom-client's successor. And what the primary pays for each changed
 * series in a frame.
 *
 *   npm run bench:update [-- --write]
 */
import { ChangeTracker, defineMetrics } from '../src/cluster-metrics/index.js';
import type { Changes } from '../src/cluster-metrics/wire/protocol.js';
import { Source } from '../src/cluster-metrics/primary/totals/source.js';
import { Totals } from '../src/cluster-metrics/primary/totals/totals.js';
import { clientName, Counter, createInstruments, Gauge, Histogram, Registry } from '../test/support/metrics-client.js';
import { percentile, report, type Row, times } from './report.js';
import { handRows, isSuccessorRun, rowsOverSuccessor } from './successor.js';

const tenants = Array.from({ length: 100 }, (_, i) => `tenant-${i}`);
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const perRound = 100_000;
const rounds = 15;
/** Updates in one turn of the event loop, after which a reporter takes the changes. */
const perTurn = 10;
const nothing = (): void => undefined;

function tenantAt(i: number): string {
  return tenants[i % tenants.length] ?? '';
}

/** Nanoseconds for one update, in one round. */
function time(update: (i: number) => void, endOfTurn: () => void): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < perRound; i++) {
    update(i);
    if (i % perTurn === 0) endOfTurn();
  }
  return Number(process.hrtime.bigint() - start) / perRound;
}

interface Comparison {
  readonly ours: number;
  readonly alone: number;
  readonly ratio: number;
}

/** Rounds of both take turns, so that whatever else the machine does meets both: medians of each, and of their ratios. */
function compare(alone: (i: number) => void, ours: (i: number) => void, endOfTurn: () => void): Comparison {
  const pairs: { readonly alone: number; readonly ours: number }[] = [];
  for (let round = 0; round < rounds + 3; round++) {
    const pair = { alone: time(alone, nothing), ours: time(ours, endOfTurn) };
    // The first rounds are the compiler's.
    if (round >= 3) pairs.push(pair);
  }
  const median = (of: (pair: (typeof pairs)[number]) => number): number => percentile(pairs.map(of), 0.5);
  return {
    alone: median((pair) => pair.alone),
    ours: median((pair) => pair.ours),
    ratio: median((p) => p.ours / p.alone),
  };
}

interface Updates {
  readonly inc: (i: number) => void;
  readonly observe: (i: number) => void;
  readonly set: (i: number) => void;
}

function plain(registry: Registry): Updates {
  const registers = [registry];
  const counter = new Counter({ name: 'c_total', help: 'C', labelNames: ['tenant_id', 'status', 'kind'], registers });
  const histogram = new Histogram({ name: 'h', help: 'H', labelNames: ['tenant_id', 'status'], buckets, registers });
  const gauge = new Gauge({ name: 'g', help: 'G', labelNames: ['tenant_id'], registers });
  return {
    inc: (i) => counter.inc({ tenant_id: tenantAt(i), status: 'queued', kind: 'a' }),
    observe: (i) => histogram.observe({ tenant_id: tenantAt(i), status: 'queued' }, (i % 100) / 10),
    set: (i) => gauge.set({ tenant_id: tenantAt(i) }, i),
  };
}

function tracked(): { updates: Updates; endOfTurn: () => void } {
  const registry = new Registry();
  const tracker = new ChangeTracker({ registries: [registry] });
  const updates = plain(registry);
  tracker.take();
  return { updates, endOfTurn: () => void tracker.take() };
}

const catalog = defineMetrics({
  c_total: {
    type: 'counter',
    help: 'C',
    labels: { tenant_id: { oneOf: 'tenants' }, status: ['queued'], kind: ['a'] },
    useCase: 'How fast is it?',
  },
  h: {
    type: 'histogram',
    help: 'H',
    labels: { tenant_id: { oneOf: 'tenants' }, status: ['queued'] },
    buckets,
    useCase: 'How fast is it?',
  },
  g: {
    type: 'gauge',
    help: 'G',
    labels: { tenant_id: { oneOf: 'tenants' } },
    merge: 'sum',
    retention: 'live',
    useCase: 'How fast is it?',
  },
});

function bound(): { updates: Updates; endOfTurn: () => void } {
  const registry = new Registry();
  const tracker = new ChangeTracker({ registries: [registry] });
  const metrics = createInstruments(catalog, registry, tracker);
  const counters = tenants.map((tenant_id) => metrics.c_total.with({ tenant_id, status: 'queued', kind: 'a' }));
  const histograms = tenants.map((tenant_id) => metrics.h.with({ tenant_id, status: 'queued' }));
  const gauges = tenants.map((tenant_id) => metrics.g.with({ tenant_id }));
  tracker.take();
  return {
    updates: {
      inc: (i) => counters[i % tenants.length]?.inc(),
      observe: (i) => histograms[i % tenants.length]?.observe((i % 100) / 10),
      set: (i) => gauges[i % tenants.length]?.set(i),
    },
    endOfTurn: () => void tracker.take(),
  };
}

/** Microseconds of the primary for each changed series. */
function frameCost(): number {
  const totals = new Totals({
    maxLabelSets: 1e6,
    created: true,
    onDrop: () => undefined,
    nowMs: () => performance.now(),
  });
  const source = new Source({}, 'reporting', 0);
  const count = 10_000;
  const introduction: Changes = {
    metrics: [
      { id: 0, name: 'c_total', help: 'C', type: 'counter', labelNames: ['a'], merge: 'sum', retention: 'cumulative' },
    ],
    series: Array.from({ length: count }, (_, i) => [i, 0, [`value-${i}`]] as const),
  };
  totals.apply(source, introduction);
  const frame = JSON.stringify({ counters: Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? i / 2 : 1)) });
  const figures: number[] = [];
  for (let round = 0; round < 60; round++) {
    const start = performance.now();
    totals.apply(source, JSON.parse(frame) as Changes);
    if (round >= 10) figures.push(((performance.now() - start) * 1000) / count);
  }
  return percentile(figures, 0.5);
}

/** Bytes of a child's heap for 1,000 label sets. */
function heapFor(make: (registry: Registry) => (label: string) => void, withTracking: boolean): number {
  const registry = new Registry();
  const tracker = withTracking ? new ChangeTracker({ registries: [registry] }) : undefined;
  const update = make(registry);
  tracker?.take();
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 10_000; i++) update(`value-${i}`);
  tracker?.take();
  globalThis.gc?.();
  const bytes = (process.memoryUsage().heapUsed - before) / 10;
  update('kept alive');
  return bytes;
}

type Goals = Readonly<Record<keyof Updates, readonly [number, number]>>;

/** Of the call alone, and with its report: against the same update without us. */
const goals: Goals = isSuccessorRun
  ? { inc: [0.6, 0.6], observe: [0.6, 0.6], set: [0.6, 0.6] }
  : { inc: [0.25, 0.35], observe: [0.3, 0.45], set: [0.5, 0.7] };

const peer = plain(new Registry());
const rows: Row[] = [];
for (const [name, update] of Object.entries(peer) as [keyof Updates, (i: number) => void][]) {
  const row = (what: string, { ours, alone, ratio }: Comparison, goal: number): void => {
    rows.push({
      what: `${name}: ${what}`,
      ours: `${ours.toFixed(0)} ns`,
      peer: `${alone.toFixed(0)} ns`,
      ratio: times(ratio),
      goal: `at most ${goal}x`,
      reached: ratio <= goal,
    });
  };
  for (const [kind, make, [goal, goalWithReport]] of [
    [`${clientName === 'prom-client' ? 'prom-client ' : ''}metric`, tracked, goals[name]],
    ['handle of a catalog', bound, [0.1, 0.3]],
  ] as const) {
    const { updates, endOfTurn } = make();
    // What was changed before counts as reported once a turn: the call alone is measured on label sets that are known.
    row(`${kind}, the call`, compare(update, updates[name], nothing), goal);
    const withReport = compare(update, updates[name], endOfTurn);
    row(`${kind}, with its report at the end of the turn`, withReport, goalWithReport);
  }
}
if (isSuccessorRun) handRows(rows);
else await reportAll();

async function reportAll(): Promise<void> {
  const cost = frameCost();
  rows.push({
    what: 'primary, for each changed series in a frame (JSON parsed, added)',
    ours: `${cost.toFixed(2)} us`,
    peer: '-',
    ratio: times(cost),
    goal: 'at most 1 us',
    reached: cost <= 1,
  });

  const counterSet = (registry: Registry) => {
    const counter = new Counter({ name: 'c_total', help: 'C', labelNames: ['a'], registers: [registry] });
    return (a: string) => counter.inc({ a });
  };
  const histogramSet = (registry: Registry) => {
    const histogram = new Histogram({ name: 'h', help: 'H', labelNames: ['a'], buckets, registers: [registry] });
    return (a: string) => histogram.observe({ a }, 1);
  };
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
  for (const [what, make, before] of [
    ['1,000 counter series', counterSet, 991_000],
    ['1,000 histogram label sets of 17 lines', histogramSet, 998_000],
  ] as const) {
    const [ours, without] = [heapFor(make, true), heapFor(make, false)];
    rows.push({
      what: `memory of a child for ${what}`,
      ours: kilobytes(ours),
      peer: kilobytes(without),
      ratio: times(ours / without),
      goal: `at most ${kilobytes(before / 3)} more`,
      reached: ours - without <= before / 3,
    });
  }
  rows.push(...(await rowsOverSuccessor(import.meta.url)));
  await report('update', rows, [
    `Reports are made for turns of ${perTurn} updates, each of another label set, which is the dearest case: one that is ` +
      'updated several times in a turn is reported once.',
  ]);
}

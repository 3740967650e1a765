import { afterEach, describe, expect, it } from '@jest/globals';
import cluster from 'node:cluster';
import { defineMetrics, type MergeRule, type Retention } from '../../../src/cluster-metrics/index.js';
import { createPrimary, type LinkedChild, linkChild, scrape } from '../../support/cluster-link.js';
import { valueOf } from '../../support/exposition.js';
import {
  AggregatorRegistry,
  type ClusterRegistry,
  Counter,
  createInstruments,
  Gauge,
  Histogram,
  Summary,
} from '../../support/metrics-client.js';

let primary: ClusterRegistry;
const children: LinkedChild[] = [];

function start(options: Parameters<typeof createPrimary>[0] = {}, count = 2): LinkedChild[] {
  primary = createPrimary(options);
  for (let slot = 0; slot < count; slot++) children.push(linkChild({ role: 'worker', slot: String(slot) }));
  return children;
}

function replace(slot: number): LinkedChild {
  const child = linkChild({ role: 'worker', slot: String(slot) });
  children.push(child);
  return child;
}

async function commitAll(): Promise<void> {
  await Promise.all(children.map((child) => child.reporter.commit()));
}

afterEach(() => {
  children.length = 0;
});

function pair(): [LinkedChild, LinkedChild] {
  const [a, b] = start();
  if (!a || !b) throw new Error('two children');
  return [a, b];
}

describe('counters and histograms', () => {
  const catalog = defineMetrics({
    jobs_total: { type: 'counter', help: 'Jobs', labels: { status: ['done', 'failed'] }, useCase: 'How many jobs?' },
    wait_seconds: { type: 'histogram', help: 'Wait', labels: {}, buckets: [0.1, 1], useCase: 'How long?' },
  });
  const instruments = (child: LinkedChild) => createInstruments(catalog, child.registry, child.reporter.tracker);

  it('are added up over children and keep what a dead child counted', async () => {
    const [a, b] = pair();
    const [ofA, ofB] = [instruments(a), instruments(b)];
    ofA.jobs_total.with({ status: 'done' }).inc(3);
    ofA.wait_seconds.with({}).observe(0.5);
    ofB.jobs_total.with({ status: 'done' }).inc(4);
    ofB.wait_seconds.with({}).observe(5);
    await commitAll();
    a.die();
    const answer = await scrape(primary);
    expect(valueOf(answer, 'jobs_total', { status: 'done' })).toBe(7);
    expect(valueOf(answer, 'wait_seconds_bucket', { le: '0.1' })).toBe(0);
    expect(valueOf(answer, 'wait_seconds_bucket', { le: '1' })).toBe(1);
    expect(valueOf(answer, 'wait_seconds_bucket', { le: '+Inf' })).toBe(2);
    expect(valueOf(answer, 'wait_seconds_sum')).toBe(5.5);
    expect(valueOf(answer, 'wait_seconds_count')).toBe(2);
  });

  it('are in the child’s own registry, too', async () => {
    const [a] = pair();
    const { jobs_total, wait_seconds } = instruments(a);
    jobs_total.with({ status: 'done' }).inc(2);
    wait_seconds.with({}).observe(0.05);
    const own = await a.registry.metrics();
    expect(own).toContain('jobs_total{status="done"} 2');
    expect(own).toContain('wait_seconds_bucket{le="0.1"} 1');
  });

  it('refuse what no counter or histogram can take', () => {
    const [a] = pair();
    const { jobs_total, wait_seconds } = instruments(a);
    for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => jobs_total.with({ status: 'done' }).inc(amount)).toThrow(
        expect.objectContaining({ code: 'INVALID_VALUE' }),
      );
    }
    expect(() => wait_seconds.with({}).observe(Number.NaN)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });

  it('count an event under a key once, also when another child repeats it', async () => {
    const [a, b] = pair();
    const ofB = instruments(b);
    for (const [child, of] of [
      [a, instruments(a)],
      [b, ofB],
    ] as const) {
      const { jobs_total, wait_seconds } = of;
      jobs_total.with({ status: 'failed' }).inc();
      child.reporter.once('job 1', () => {
        jobs_total.with({ status: 'done' }).inc();
        wait_seconds.with({}).observe(0.5);
      });
      jobs_total.with({ status: 'failed' }).inc();
    }
    await commitAll();
    const answer = await scrape(primary);
    expect(valueOf(answer, 'jobs_total', { status: 'done' })).toBe(1);
    expect(valueOf(answer, 'wait_seconds_count')).toBe(1);
    expect(valueOf(answer, 'jobs_total', { status: 'failed' })).toBe(4);
    // What the repetition introduced is a series of its reporter's all the same.
    ofB.jobs_total.with({ status: 'done' }).inc();
    await commitAll();
    expect(valueOf(await scrape(primary), 'jobs_total', { status: 'done' })).toBe(2);
  });

  it('count an event under a key once though 300,000 other keys come between its two reports', async () => {
    const [a, b] = pair();
    const [ofA, ofB] = [instruments(a), instruments(b)];
    const end = (child: LinkedChild, of: typeof ofA, key: string) =>
      child.reporter.once(key, () => of.jobs_total.with({ status: 'done' }).inc(), { rememberMs: 90_000_000 });
    const jobs = Array.from({ length: 5 }, (_, i) => `queued:${i}`);
    for (const job of jobs) end(a, ofA, job);
    for (let n = 0; n < 300_000; n++) {
      end(a, ofA, `other ${n}`);
      if (n % 10_000 === 0) await commitAll();
    }
    await commitAll();
    for (const job of jobs) end(b, ofB, job);
    await commitAll();
    expect(valueOf(await scrape(primary), 'jobs_total', { status: 'done' })).toBe(300_005);
  });

  it('forget a key after the time that was asked for, an hour where none was', async () => {
    let nowMs = 0;
    const [a] = start({ nowMs: () => nowMs }, 1);
    if (!a) throw new Error('one child');
    const { jobs_total } = instruments(a);
    const report = async (key: string, options?: { rememberMs: number }): Promise<number | undefined> => {
      a.reporter.once(key, () => jobs_total.with({ status: 'done' }).inc(), options);
      await a.reporter.commit();
      return valueOf(await scrape(primary), 'jobs_total', { status: 'done' });
    };
    expect(await report('long', { rememberMs: 86_400_000 })).toBe(1);
    expect(await report('plain')).toBe(2);
    nowMs = 3_599_999;
    expect(await report('plain')).toBe(2);
    nowMs = 4_500_000;
    expect(await report('plain')).toBe(3);
    nowMs = 86_399_999;
    expect(await report('long', { rememberMs: 86_400_000 })).toBe(3);
    nowMs = 108_000_000;
    expect(await report('long', { rememberMs: 86_400_000 })).toBe(4);
    for (const rememberMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => a.reporter.once('never', () => undefined, { rememberMs })).toThrow(
        expect.objectContaining({ code: 'INVALID_VALUE' }),
      );
    }
  });

  it('are printed as of one instant, and what comes meanwhile is in the next scrape', async () => {
    const [a] = start({ maxLabelSets: 100_000 }, 1);
    if (!a) throw new Error('one child');
    const registers = [a.registry];
    const [first, last] = ['a_total', 'z_total'].map((name) => new Counter({ name, help: 'Both', registers }));
    // Between the two in every answer, and too many to be printed in one turn of the loop.
    const many = new Counter({ name: 'm_total', help: 'Many', labelNames: ['n'], registers });
    for (let n = 0; n < 40_000; n++) many.inc({ n: String(n) });
    await commitAll();
    let printed = false;
    const scraping = scrape(primary).finally(() => {
      printed = true;
    });
    let counted = 0;
    for (; !printed; counted++) {
      first?.inc();
      last?.inc();
      await commitAll();
    }
    expect(counted).toBeGreaterThan(3);
    const during = await scraping;
    expect(valueOf(during, 'a_total')).toBe(valueOf(during, 'z_total'));
    const after = await scrape(primary);
    expect(valueOf(after, 'a_total')).toBe(counted);
    expect(valueOf(after, 'z_total')).toBe(counted);
  });

  it('grow after a reset without going back', async () => {
    const [a] = pair();
    const { jobs_total, wait_seconds } = instruments(a);
    const done = jobs_total.with({ status: 'done' });
    done.inc(5);
    wait_seconds.with({}).observe(0.5);
    await commitAll();
    done.inc(2);
    a.registry.resetMetrics();
    done.inc(1);
    wait_seconds.with({}).observe(0.5);
    await commitAll();
    const answer = await scrape(primary);
    expect(valueOf(answer, 'jobs_total', { status: 'done' })).toBe(8);
    expect(valueOf(answer, 'wait_seconds_count')).toBe(2);
    expect(valueOf(answer, 'wait_seconds_bucket', { le: '1' })).toBe(2);
  });

  it('count an event under a key once, also what is removed again in its update', async () => {
    const [a, b] = pair();
    const labelNames = ['a'];
    const [ofA, ofB] = [a, b].map(
      ({ registry }) => new Counter({ name: 'x_total', help: 'X', labelNames, registers: [registry] }),
    );
    for (const label of ['new', 'known']) ofA?.inc({ a: label }, 10);
    ofB?.inc({ a: 'known' });
    await commitAll();
    for (let repetition = 0; repetition < 2; repetition++) {
      b.reporter.once('job 2', () => {
        for (const label of ['new', 'known']) {
          ofB?.inc({ a: label });
          ofB?.remove({ a: label });
        }
        ofB?.inc({ a: 'stays' });
      });
    }
    await commitAll();
    const answer = await scrape(primary);
    expect(['new', 'known', 'stays'].map((label) => valueOf(answer, 'x_total', { a: label }))).toEqual([11, 12, 1]);
  });

  it('count an event under a key once, whichever of its series the child knew that reports it again', async () => {
    const [known, unknown] = pair();
    const still = linkChild({ role: 'worker', slot: '2' });
    const make = ({ registry }: LinkedChild) =>
      new Counter({ name: 'x_total', help: 'X', labelNames: ['a'], registers: [registry] });
    const held = make(still);
    for (const a of ['z', 'q']) held.inc({ a });
    const first = make(known);
    first.inc({ a: 'z' });
    await Promise.all([still.reporter.commit(), commitAll()]);
    const both = [
      [unknown, make(unknown)],
      [known, first],
    ] as const;
    for (const [{ reporter }, metric] of both) {
      reporter.once('job 3', () => {
        for (const a of ['z', 'q']) {
          metric.inc({ a });
          metric.remove({ a });
        }
      });
      await commitAll();
    }
    const answer = await scrape(primary);
    expect(['z', 'q'].map((a) => valueOf(answer, 'x_total', { a }))).toEqual([3, 2]);
  });

  it('leave only when the last child that holds them removes them', async () => {
    const [a, b] = pair();
    const [ofA, ofB] = [instruments(a), instruments(b)];
    ofA.jobs_total.with({ status: 'done' }).inc(1);
    ofB.jobs_total.with({ status: 'done' }).inc(2);
    await commitAll();
    ofA.jobs_total.remove({ status: 'done' });
    await commitAll();
    expect(valueOf(await scrape(primary), 'jobs_total', { status: 'done' })).toBe(3);
    ofB.jobs_total.remove({ status: 'done' });
    await commitAll();
    expect(valueOf(await scrape(primary), 'jobs_total', { status: 'done' })).toBeUndefined();
    ofB.jobs_total.with({ status: 'done' }).inc(9);
    await commitAll();
    expect(valueOf(await scrape(primary), 'jobs_total', { status: 'done' })).toBe(9);
  });

  it.each(['removed', 'reset'] as const)('keep what a child counted that made and %s them in one turn', async (how) => {
    const [a, b] = pair();
    const ofA = instruments(a);
    ofA.jobs_total.with({ status: 'done' }).inc(1);
    ofA.wait_seconds.with({}).observe(1);
    await commitAll();
    const ofB = instruments(b);
    ofB.jobs_total.with({ status: 'done' }).inc(2);
    ofB.wait_seconds.with({}).observe(2);
    if (how === 'reset') b.registry.resetMetrics();
    else {
      ofB.jobs_total.remove({ status: 'done' });
      ofB.wait_seconds.remove({});
    }
    await commitAll();
    const answer = await scrape(primary);
    expect(valueOf(answer, 'jobs_total', { status: 'done' })).toBe(3);
    expect(valueOf(answer, 'wait_seconds_sum')).toBe(3);
  });

  it.each(['removed', 'reset'] as const)(
    'are not counted twice when they are %s as the next reporter starts',
    async (how) => {
      const [a, b] = pair();
      const labelNames = ['a'];
      const [ofA, ofB] = [a, b].map(({ registry }) => ({
        counter: new Counter({ name: 'x_total', help: 'X', labelNames, registers: [registry] }),
        histogram: new Histogram({ name: 'y', help: 'Y', labelNames, buckets: [1], registers: [registry] }),
      }));
      for (const { counter, histogram } of [ofA, ofB].flatMap((one) => one ?? [])) {
        counter.inc({ a: 'v' }, 3);
        histogram.observe({ a: 'v' }, 3);
      }
      await commitAll();
      await b.restart(() => undefined);
      for (const metric of Object.values(ofB ?? {})) {
        if (how === 'reset') metric.reset();
        else metric.remove({ a: 'v' });
      }
      await commitAll();
      ofB?.counter.inc({ a: 'v' });
      ofB?.histogram.observe({ a: 'v' }, 1);
      await commitAll();
      const answer = await scrape(primary);
      expect(valueOf(answer, 'x_total', { a: 'v' })).toBe(7);
      expect(valueOf(answer, 'y_count', { a: 'v' })).toBe(3);
      expect(valueOf(answer, 'y_sum', { a: 'v' })).toBe(7);
    },
  );

  it('are removed by the primary, and start anew if a child reports again', async () => {
    const [a] = pair();
    const done = instruments(a).jobs_total.with({ status: 'done' });
    done.inc(5);
    await commitAll();
    primary.removeSeries({ status: 'done' });
    expect(valueOf(await scrape(primary), 'jobs_total', { status: 'done' })).toBeUndefined();
    done.inc(2);
    await commitAll();
    expect(valueOf(await scrape(primary), 'jobs_total', { status: 'done' })).toBe(2);
  });
});

describe('retired series', () => {
  const tenant = { oneOf: 'tenants' };
  const catalog = defineMetrics({
    jobs_total: { type: 'counter', help: 'Jobs', labels: { tenant }, useCase: 'How many jobs?' },
    wait_seconds: { type: 'histogram', help: 'Wait', labels: { tenant }, buckets: [1], useCase: 'How long?' },
    open: {
      type: 'gauge',
      help: 'Open',
      labels: { tenant },
      merge: 'sum',
      retention: 'live',
      useCase: 'How many now?',
    },
    best: {
      type: 'gauge',
      help: 'Best',
      labels: { tenant },
      merge: 'max',
      retention: 'cumulative',
      useCase: 'How good?',
    },
  });
  const instruments = (child: LinkedChild) => createInstruments(catalog, child.registry, child.reporter.tracker);
  const names = ['jobs_total', 'wait_seconds_count', 'open', 'best'];
  const valuesOf = async (tenant: string) => {
    const answer = await scrape(primary);
    return names.map((name) => valueOf(answer, name, { tenant }));
  };
  const fill = (of: ReturnType<typeof instruments>, tenant: string): void => {
    of.jobs_total.with({ tenant }).inc(5);
    of.wait_seconds.with({ tenant }).observe(0.5);
    of.open.with({ tenant }).set(3);
    of.best.with({ tenant }).set(7);
  };

  it('are not printed, and come back with the next report of them, from where they were', async () => {
    const [a, b] = pair();
    const ofA = instruments(a);
    fill(ofA, 'acme');
    fill(ofA, 'globex');
    await commitAll();
    await scrape(primary);
    const shown = async () => valueOf(await scrape(primary), 'cluster_series') ?? 0;
    const before = await shown();
    primary.retireSeries({ tenant: 'acme' });
    expect(await valuesOf('acme')).toEqual([undefined, undefined, undefined, undefined]);
    expect(await valuesOf('globex')).toEqual([5, 1, 3, 7]);
    expect(primary.values('jobs_total')).toEqual([{ labels: { tenant: 'globex' }, value: 5 }]);
    expect(await shown()).toBeLessThan(before);
    a.die();
    expect(await valuesOf('acme')).toEqual([undefined, undefined, undefined, undefined]);
    // Each by itself: one that nothing is heard of stays retired.
    const ofB = instruments(b);
    ofB.jobs_total.with({ tenant: 'acme' }).inc(2);
    ofB.wait_seconds.with({ tenant: 'acme' }).observe(0.5);
    await b.reporter.commit();
    expect(await valuesOf('acme')).toEqual([7, 2, undefined, undefined]);
    ofB.best.with({ tenant: 'acme' }).set(6);
    ofB.open.with({ tenant: 'acme' }).set(1);
    await b.reporter.commit();
    expect(await valuesOf('acme')).toEqual([7, 2, 1, 7]);
  });

  it('are found by the handles of a process that had reported them before', async () => {
    const [a] = pair();
    const of = instruments(a);
    fill(of, 'acme');
    await commitAll();
    primary.retireSeries({ tenant: 'acme' });
    fill(of, 'acme');
    of.open.with({ tenant: 'acme' }).set(4);
    await commitAll();
    expect(await valuesOf('acme')).toEqual([10, 2, 4, undefined]);
  });

  it('are restored by the primary, with all that they had, but not what was live', async () => {
    const [a] = pair();
    const of = instruments(a);
    for (const tenant of ['acme', 'globex']) fill(of, tenant);
    await commitAll();
    const createdAt = async () => {
      const answer = await scrape(primary, 'openmetrics');
      return valueOf(answer, 'jobs_created', { tenant: 'acme' });
    };
    const created = await createdAt();
    primary.retireSeries({ tenant: ['acme', 'globex'] });
    primary.retireSeries({ tenant: 'acme' });
    primary.restoreSeries({ tenant: ['initech', 'acme'] });
    expect(await valuesOf('acme')).toEqual([5, 1, undefined, 7]);
    expect(await valuesOf('globex')).toEqual([undefined, undefined, undefined, undefined]);
    expect(await createdAt()).toBe(created);
  });

  it('come back with an introduction at zero, as by a child that starts', async () => {
    const [a, b] = pair();
    fill(instruments(a), 'acme');
    await commitAll();
    primary.retireSeries({ tenant: 'acme' });
    instruments(b).jobs_total.with({ tenant: 'acme' });
    await commitAll();
    expect(await valuesOf('acme')).toEqual([5, undefined, undefined, undefined]);
  });

  it('leave for good when they are removed', async () => {
    const [a, b] = pair();
    fill(instruments(a), 'acme');
    await commitAll();
    primary.retireSeries({ tenant: 'acme' });
    primary.removeSeries({ tenant: 'acme' });
    instruments(b).jobs_total.with({ tenant: 'acme' }).inc();
    await commitAll();
    expect(await valuesOf('acme')).toEqual([1, undefined, undefined, undefined]);
  });

  it('do not count against the cap on label sets, and are no more than it themselves', async () => {
    const drops: string[] = [];
    const [a] = start({ maxLabelSets: 2, onDrop: (reason, metric) => drops.push(`${reason} ${metric}`) }, 1);
    if (!a) throw new Error('one child');
    const { jobs_total } = instruments(a);
    for (const tenant of ['one', 'two', 'three', 'four']) {
      jobs_total.with({ tenant }).inc();
      await commitAll();
      if (tenant !== 'four') primary.retireSeries({ tenant });
    }
    expect(drops).toEqual(['max_label_sets jobs_total']);
    for (const tenant of ['one', 'three']) jobs_total.with({ tenant }).inc();
    await commitAll();
    const totals = primary.values('jobs_total').map(({ labels, value }) => [labels['tenant'], value]);
    // The one that was retired first had to make room, and begins anew.
    expect(Object.fromEntries(totals)).toEqual({ one: 1, three: 2, four: 1 });
  });
});

describe('a frame that cannot be read', () => {
  const broken = { type: 'cluster-metrics:frame', sections: [{ changes: { metrics: [null] } }] };

  it('is counted and told, and loses neither the primary nor what comes after it', async () => {
    const drops: string[] = [];
    const onDrop = (reason: string, metric: string, detail: string) => drops.push(`${reason} ${metric}: ${detail}`);
    const [a] = start({ onDrop, maxLabelSets: 100_000 }, 1);
    if (!a) throw new Error('one child');
    // Too many to be printed in one turn of the loop: changes wait for the end of a rendering.
    const many = new Counter({ name: 'm_total', help: 'Many', labelNames: ['n'], registers: [a.registry] });
    for (let n = 0; n < 40_000; n++) many.inc({ n: String(n) });
    await commitAll();
    let printed = false;
    const scraping = scrape(primary).finally(() => {
      printed = true;
    });
    let counted = 1;
    for (; !printed; counted++) {
      cluster.emit('message', { id: a.id }, broken); // an exception would fail this test
      many.inc({ n: '0' });
      await commitAll();
    }
    await scraping;
    cluster.emit('message', { id: a.id }, broken);
    const answer = await scrape(primary);
    expect(valueOf(answer, 'm_total', { n: '0' })).toBe(counted);
    expect(valueOf(answer, 'cluster_series_dropped_total', { reason: 'protocol' })).toBe(counted);
    expect(drops).toEqual([expect.stringMatching(`^protocol child ${a.id}: a frame could not be read: TypeError`)]);
  });
});

describe('a primary that is not scraped', () => {
  it('shows its own figures after a collect, and keeps none that were removed', async () => {
    start({ nowMs: () => 0 }, 0);
    const levels = new Gauge({ name: 'level', help: 'Level', labelNames: ['a'], registers: [primary] });
    for (let n = 0; n < 3; n++) {
      levels.reset();
      levels.set({ a: String(n) }, n);
      await primary.collect({ olderThanMs: -1 });
    }
    expect(primary.values('level').at(-1)).toEqual({ labels: { a: '2', role: 'primary', slot: '0' }, value: 2 });
    for (let n = 0; n < 3; n++) await primary.collect({ olderThanMs: -1 });
    expect(primary.values('level').map(({ value }) => value)).toEqual([2]);
    expect(primary.tracker.position).toBe(primary.tracker.taken);
  });

  it('leaves the live gauges of a child out that has become stale', async () => {
    let nowMs = 0;
    const [a] = start({ nowMs: () => nowMs, staleAfterMs: 1000 }, 1);
    if (!a) throw new Error('one child');
    new Gauge({ name: 'level', help: 'Level', registers: [a.registry] }).set(7);
    await commitAll();
    expect(primary.values('level')).toEqual([{ labels: {}, value: 7 }]);
    a.freeze();
    nowMs = 2000;
    await primary.collect({ olderThanMs: 0 });
    expect(primary.values('level')).toEqual([]);
    // Its next frame says that it lives; no scrape or collect is needed.
    a.thaw();
    while (primary.report(a.id)?.state !== 'reporting') await turn(1);
    expect(primary.values('level')).toEqual([{ labels: {}, value: 7 }]);
  });
});

describe('a child that has ended', () => {
  const count = async (child: LinkedChild, name: string): Promise<void> => {
    new Counter({ name, help: 'Any', registers: [child.registry] }).inc();
    await child.reporter.commit();
  };

  it('has departed when its channel ends, or after a silence when only its exit is told', async () => {
    const [a, b] = pair();
    await count(a, 'a_total');
    await count(b, 'b_total');
    a.exitWithoutDisconnect();
    b.die();
    expect(primary.report(b.id)).toBeUndefined();
    expect(primary.report(a.id)?.state).toBe('reporting');
    while (primary.report(a.id) !== undefined) await turn(20);
    expect(valueOf(await scrape(primary), 'a_total')).toBe(1);
    expect(valueOf(await scrape(primary), 'cluster_child_report_age_seconds', { slot: '0' })).toBeUndefined();
  });
});

describe('gauges', () => {
  type PlainRule = Exclude<MergeRule, 'ratio'>;

  /** Child 0 sets 4, child 1 sets 10, child 0 sets 6. Then child 1 dies, hangs or comes back with 1. */
  const table: [PlainRule, Retention, { both?: number; dead?: number; hung?: number; back?: number }][] = [
    ['sum', 'live', { both: 16, dead: 6, hung: 6, back: 7 }],
    ['sum', 'cumulative', { both: 16, dead: 16, hung: 16, back: 17 }],
    ['min', 'live', { both: 6, dead: 6, hung: 6, back: 1 }],
    ['min', 'cumulative', { both: 6, dead: 6, hung: 6, back: 1 }],
    ['max', 'live', { both: 10, dead: 6, hung: 6, back: 6 }],
    ['max', 'cumulative', { both: 10, dead: 10, hung: 10, back: 10 }],
    ['average', 'live', { both: 8, dead: 6, hung: 6, back: 3.5 }],
    ['average', 'cumulative', { both: 8, dead: 8, hung: 8, back: 17 / 3 }],
    ['first', 'live', { both: 6, dead: 6, hung: 6, back: 6 }],
    ['first', 'cumulative', { both: 6, dead: 6, hung: 6, back: 6 }],
    ['most-recent', 'live', { both: 6, dead: 6, hung: 6, back: 1 }],
    ['most-recent', 'cumulative', { both: 6, dead: 6, hung: 6, back: 1 }],
    ['omit', 'live', {}],
    ['omit', 'cumulative', {}],
  ];

  async function set(child: LinkedChild, rule: PlainRule, retention: Retention, values: readonly number[]) {
    const known = child.registry.getSingleMetric('level');
    const level = known ?? new Gauge({ name: 'level', help: 'Level', registers: [child.registry], labelNames: ['x'] });
    if (!known) Object.assign(level, { mergeRule: rule, retention });
    for (const value of values) (level as Gauge).set({ x: 'y' }, value);
    await child.reporter.commit();
  }

  async function level(): Promise<number | undefined> {
    return valueOf(await scrape(primary), 'level');
  }

  it.each(table)('%s, %s: children that die, hang and come back', async (rule, retention, expected) => {
    let nowMs = 0;
    const [a, b] = start({ staleAfterMs: 5000, nowMs: () => nowMs });
    if (!a || !b) throw new Error('two children');
    const setBoth = async () => {
      await set(a, rule, retention, [4]);
      await set(b, rule, retention, [10]);
      await set(a, rule, retention, [6]);
    };
    await setBoth();
    expect(await level()).toBe(expected.both);

    b.freeze();
    nowMs = 5000;
    expect(await level()).toBe(expected.both);
    nowMs = 5001;
    while (primary.report(a.id)?.state !== 'reporting') await turn(1); // until its next beat
    expect(primary.report(b.id)?.state).toBe('stale');
    expect(await level()).toBe(expected.hung);

    b.thaw();
    while (primary.report(b.id)?.state !== 'reporting') await turn(1);
    await set(b, rule, retention, [10]);
    await set(a, rule, retention, [6]);
    expect(await level()).toBe(expected.both);

    b.die();
    expect(await level()).toBe(expected.dead);
    await set(replace(1), rule, retention, [1]);
    if (expected.back === undefined) expect(await level()).toBeUndefined();
    else expect(await level()).toBeCloseTo(expected.back, 10);
  });

  it('per-child: each child’s own, under its identity', async () => {
    const [a, b] = pair();
    await set(a, 'per-child', 'live', [4]);
    await set(b, 'per-child', 'live', [10]);
    const answer = await scrape(primary);
    expect(valueOf(answer, 'level', { role: 'worker', slot: '0', x: 'y' })).toBe(4);
    expect(valueOf(answer, 'level', { role: 'worker', slot: '1', x: 'y' })).toBe(10);
    b.die();
    expect(valueOf(await scrape(primary), 'level', { slot: '1' })).toBeUndefined();
  });

  it('per-child, cumulative: a dead child’s stays until its successor reports', async () => {
    const [, b] = pair();
    await set(b, 'per-child', 'cumulative', [10]);
    b.die();
    expect(valueOf(await scrape(primary), 'level', { slot: '1' })).toBe(10);
    await set(replace(1), 'per-child', 'cumulative', [3]);
    expect(valueOf(await scrape(primary), 'level', { slot: '1' })).toBe(3);
  });

  it('ratio: the true ratio over all children, the dead included', async () => {
    const [a, b] = pair();
    const catalog = defineMetrics({
      success_rate: {
        type: 'gauge',
        help: 'Rate',
        labels: {},
        merge: 'ratio',
        retention: 'cumulative',
        windowSeconds: 300,
        scale: 100,
        useCase: 'Does it work?',
      },
    });
    const rateOf = (child: LinkedChild) =>
      createInstruments(catalog, child.registry, child.reporter.tracker).success_rate.with({});
    expect(valueOf(await scrape(primary), 'success_rate')).toBeUndefined();
    rateOf(a).record(false);
    const good = rateOf(b);
    for (let i = 0; i < 999; i++) good.record(true);
    await commitAll();
    expect(valueOf(await scrape(primary), 'success_rate')).toBe(99.9);
    a.die();
    b.die();
    expect(valueOf(await scrape(primary), 'success_rate')).toBe(99.9);
  });

  it('ratio, live: over the children that live and report', async () => {
    let nowMs = 0;
    const [a, b] = start({ staleAfterMs: 5000, nowMs: () => nowMs });
    if (!a || !b) throw new Error('two children');
    const catalog = defineMetrics({
      hit_rate: {
        type: 'gauge',
        help: 'Rate',
        labels: {},
        merge: 'ratio',
        retention: 'live',
        windowSeconds: 300,
        scale: 100,
        useCase: 'Does it help?',
      },
    });
    const rateOf = (child: LinkedChild) =>
      createInstruments(catalog, child.registry, child.reporter.tracker).hit_rate.with({});
    const rate = async () => valueOf(await scrape(primary), 'hit_rate');
    rateOf(a).record(true);
    rateOf(b).record(false);
    await commitAll();
    expect(await rate()).toBe(50);
    b.freeze();
    nowMs = 5001;
    while (primary.report(a.id)?.state !== 'reporting') await turn(1); // until its next beat
    expect(await rate()).toBe(100);
    b.thaw();
    while (primary.report(b.id)?.state !== 'reporting') await turn(1);
    expect(await rate()).toBe(50);
    b.die();
    expect(await rate()).toBe(100);
    a.die();
    expect(await rate()).toBeUndefined();
  });

  it('of the primary’s own about a child leave with it', async () => {
    const [, b] = pair();
    await commitAll();
    const age = async (slot: string) => valueOf(await scrape(primary), 'cluster_child_report_age_seconds', { slot });
    expect([typeof (await age('0')), typeof (await age('1'))]).toEqual(['number', 'number']);
    b.die();
    expect([typeof (await age('0')), typeof (await age('1'))]).toEqual(['number', 'undefined']);
  });

  it('carry NaN and the infinities', async () => {
    const [a] = pair();
    const gauge = new Gauge({ name: 'odd', help: 'Odd', labelNames: ['k'], registers: [a.registry] });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      gauge.set({ k: String(value) }, value);
    await commitAll();
    const answer = await scrape(primary);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(valueOf(answer, 'odd', { k: String(value) })).toBe(value);
    }
  });
});

describe('anybody’s metrics', () => {
  it('made, updated and removed with prom-client alone', async () => {
    const [a] = pair();
    const registers = [a.registry];
    const counter = new Counter({ name: 'plain_total', help: 'Plain', labelNames: ['a', 'b'], registers });
    const histogram = new Histogram({ name: 'took_seconds', help: 'Took', labelNames: ['a'], buckets: [1], registers });
    const summary = new Summary({ name: 'size_bytes', help: 'Size', registers });
    const gauge = new Gauge({ name: 'open', help: 'Open', labelNames: ['a'], registers });
    const collected = new Gauge({
      name: 'sync',
      help: 'Sync',
      registers,
      collect() {
        this.set(42);
      },
    });
    const later = new Gauge({
      name: 'later',
      help: 'Later',
      registers,
      async collect() {
        await turn(1);
        this.set(43);
      },
    });
    counter.labels('x', 'y').inc();
    counter.labels({ a: 'x', b: 'y' }).inc(2);
    counter.inc({ a: 'x' });
    histogram.startTimer({ a: 'x' })();
    histogram.labels('x').observe(2);
    histogram.zero({ a: 'z' });
    summary.observe(10);
    summary.observe(20);
    gauge.setToCurrentTime({ a: 'x' });
    gauge.labels('x').set(5);
    gauge.inc({ a: 'gone' });
    gauge.remove({ a: 'gone' });
    gauge.remove('never');
    await a.reporter.tracker.collect();
    await commitAll();
    const answer = await scrape(primary);
    expect([collected, later]).toHaveLength(2);
    expect(valueOf(answer, 'plain_total', { a: 'x', b: 'y' })).toBe(3);
    expect(answer.samples.filter(({ name }) => name === 'plain_total')).toHaveLength(2);
    expect(valueOf(answer, 'took_seconds_bucket', { a: 'x', le: '1' })).toBe(1);
    expect(valueOf(answer, 'took_seconds_count', { a: 'x' })).toBe(2);
    expect(valueOf(answer, 'took_seconds_count', { a: 'z' })).toBe(0);
    expect(valueOf(answer, 'size_bytes_sum')).toBe(30);
    expect(valueOf(answer, 'size_bytes_count')).toBe(2);
    expect(answer.samples.filter(({ name }) => name === 'size_bytes')).toHaveLength(0);
    expect(valueOf(answer, 'open', { a: 'x' })).toBe(5);
    expect(valueOf(answer, 'open', { a: 'gone' })).toBeUndefined();
    expect(valueOf(answer, 'sync')).toBe(42);
    expect(valueOf(answer, 'later')).toBe(43);
  });

  it('by their aggregator, with a registry’s default labels, until the registry drops them', async () => {
    const [a, b] = pair();
    for (const [index, child] of [a, b].entries()) {
      child.registry.setDefaultLabels({ app: 'test' });
      const registers = [child.registry];
      new Gauge({ name: 'version', help: 'Version', aggregator: 'first', registers }).set(index + 1);
      new Gauge({ name: 'hidden', help: 'Hidden', aggregator: 'omit', registers }).set(1);
      new Counter({ name: 'peak_total', help: 'Peak', aggregator: 'max', registers }).inc(index + 1);
    }
    await commitAll();
    const answer = await scrape(primary);
    expect(valueOf(answer, 'version', { app: 'test' })).toBe(1);
    expect(valueOf(answer, 'peak_total', { app: 'test' })).toBe(2);
    expect(valueOf(answer, 'hidden')).toBeUndefined();
    a.registry.removeSingleMetric('version');
    b.registry.clear();
    await commitAll();
    expect(valueOf(await scrape(primary), 'version')).toBeUndefined();
  });

  it('but for those that are removed before anything is reported, as misnamed default metrics are', async () => {
    const [a] = pair();
    new Gauge({ name: 'misnamed_total', help: 'Misnamed', labelNames: ['a'], registers: [a.registry] });
    a.registry.removeSingleMetric('misnamed_total');
    await commitAll();
    expect((await primary.scrape()).parts.join('')).not.toContain('misnamed_total');
  });

  it('of the primary itself, told from the children’s', async () => {
    const [a] = pair();
    new Counter({ name: 'shared_total', help: 'Shared', registers: [a.registry] }).inc(2);
    await commitAll();
    new Counter({ name: 'shared_total', help: 'Shared', registers: [primary] }).inc(5);
    const answer = await scrape(primary);
    expect(
      answer.samples.filter(({ name }) => name === 'shared_total').map(({ labels, value }) => [labels, value]),
    ).toEqual([
      [{}, 2],
      [{ role: 'primary', slot: '0' }, 5],
    ]);
  });

  it('with exemplars of prom-client’s own', async () => {
    const [a] = pair();
    const registry = a.registry;
    registry.setContentType(AggregatorRegistry.OPENMETRICS_CONTENT_TYPE as never);
    const counter = new Counter({
      name: 'seen_total',
      help: 'Seen',
      enableExemplars: true,
      registers: [registry],
      labelNames: ['a', 'b'],
    });
    const histogram = new Histogram({
      name: 'took_seconds',
      help: 'Took',
      enableExemplars: true,
      buckets: [1],
      registers: [registry],
    });
    counter.inc({ labels: { a: 'p,q', b: 'r' }, value: 2, exemplarLabels: { a: 't1' } });
    histogram.observe({ value: 7, exemplarLabels: { trace: 't2' } });
    await commitAll();
    const answer = await scrape(primary, 'openmetrics');
    expect(answer.samples.find(({ name }) => name === 'seen_total')?.exemplar).toEqual({
      labels: { a: 't1' },
      value: 2,
    });
    expect(
      answer.samples.find(({ name, labels }) => name === 'took_seconds_bucket' && labels['le'] === '+Inf')?.exemplar,
    ).toEqual({ labels: { trace: 't2' }, value: 7 });
  });

  it.each([
    ['type', () => new Gauge({ name: 'thing', help: 'Thing', registers: [childAt(1).registry] }).set(1)],
    [
      'labels',
      () =>
        new Counter({ name: 'thing', help: 'Thing', labelNames: ['x'], registers: [childAt(1).registry] }).inc({
          x: 'y',
        }),
    ],
  ])('that disagree about their %s are refused, counted and told once', async (_what, make) => {
    const drops: string[] = [];
    start({ onDrop: (reason, metric) => drops.push(`${reason} ${metric}`) });
    new Counter({ name: 'thing', help: 'Thing', registers: [childAt(0).registry] }).inc(3);
    await commitAll();
    make();
    new Counter({ name: 'other_total', help: 'Other', registers: [childAt(1).registry] }).inc(4);
    await commitAll();
    await scrape(primary);
    const answer = await scrape(primary);
    expect(answer.samples.filter(({ name }) => name === 'thing')).toEqual([{ name: 'thing', labels: {}, value: 3 }]);
    expect(valueOf(answer, 'other_total')).toBe(4);
    expect(valueOf(answer, 'cluster_series_dropped_total', { reason: 'conflicting_definition' })).toBe(1);
    expect(drops).toEqual(['conflicting_definition thing']);
  });

  it('refuse an aggregator that nobody knows', async () => {
    const [a] = pair();
    new Gauge({ name: 'odd', help: 'Odd', aggregator: 'median' as never, registers: [a.registry] }).set(1);
    await commitAll();
    await scrape(primary);
    const answer = await scrape(primary);
    expect(valueOf(answer, 'odd')).toBeUndefined();
    expect(valueOf(answer, 'cluster_series_dropped_total', { reason: 'unknown_aggregator' })).toBe(1);
  });

  it('are capped in number', async () => {
    const drops: string[] = [];
    start({ maxLabelSets: 3, onDrop: (reason, metric) => drops.push(`${reason} ${metric}`) });
    const counter = new Counter({
      name: 'many_total',
      help: 'Many',
      labelNames: ['n'],
      registers: [childAt(0).registry],
    });
    for (let n = 0; n < 5; n++) counter.inc({ n: String(n) });
    await commitAll();
    counter.inc({ n: '4' });
    await commitAll();
    await scrape(primary);
    const answer = await scrape(primary);
    expect(answer.samples.filter(({ name }) => name === 'many_total')).toHaveLength(3);
    expect(valueOf(answer, 'cluster_series_dropped_total', { reason: 'max_label_sets' })).toBe(2);
    expect(drops).toEqual(['max_label_sets many_total']);
  });
});

function childAt(index: number): LinkedChild {
  const child = children[index];
  if (!child) throw new Error(`no child ${index}`);
  return child;
}

function turn(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

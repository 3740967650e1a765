import { afterEach, describe, expect, it, jest } from '@jest/globals';
import cluster from 'node:cluster';
import {
  type ClusterRegistryOptions,
  contentTypes,
  defineMetrics,
  startReporter,
} from '../../../src/cluster-metrics/index.js';
import { reportedRegistries } from '../../../src/cluster-metrics/child/reporting/reporter-defaults.js';
import { createPrimary, type LinkedChild, linkChild, scrape } from '../../support/cluster-link.js';
import { oneWayChannel } from '../../support/one-way-channel.js';
import { valueOf } from '../../support/exposition.js';
import { afterTest } from '../../support/opened.js';
import {
  AggregatorRegistry,
  ClusterRegistry,
  clientName,
  Counter,
  collectDefaultMetrics,
  createInstruments,
  Gauge,
  Histogram,
  importClient,
  Registry,
  register,
  Summary,
} from '../../support/metrics-client.js';

/** What programs do that uses of this kind of software have shown, and what they may expect of it. */

let primary: ClusterRegistry;
const children: LinkedChild[] = [];
const drops: string[] = [];

function start(options: ClusterRegistryOptions = {}, count = 1): LinkedChild {
  primary = createPrimary({ onDrop: (reason, metric) => drops.push(`${reason} ${metric}`), ...options });
  for (let slot = 0; slot < count; slot++) children.push(linkChild({ role: 'worker', slot: String(slot) }));
  return at(0);
}

function at(index: number): LinkedChild {
  const child = children[index];
  if (child === undefined) throw new Error(`no child ${index}`);
  return child;
}

const commitAll = () => Promise.all(children.map(({ reporter }) => reporter.commit()));
const turn = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const value = async (name: string, labels = {}) => valueOf(await scrape(primary), name, labels);

afterEach(async () => {
  children.length = 0;
  drops.length = 0;
  await turn(1);
});

it('a registry takes the content type alone, as the client’s own does, and is one of the client’s', async () => {
  primary = new ClusterRegistry(contentTypes.openmetrics);
  afterTest(() => primary.close());
  expect(primary.contentType).toBe(contentTypes.openmetrics);
  expect(await primary.clusterMetrics()).toMatch(/# EOF\n$/);
  expect(primary).toBeInstanceOf(AggregatorRegistry);
});

describe('a counter that mirrors a total', () => {
  it.each([
    [
      'in one step',
      async (one: Counter, total: number) => {
        one.reset();
        one.inc(total);
      },
    ],
    [
      'with a pause in between',
      async (one: Counter, total: number) => {
        one.reset();
        await turn(15); // more than a heartbeat
        one.inc(total);
      },
    ],
  ])('has not grown when it is reset and set to the same: %s', async (_how, mirror) => {
    start({}, 2);
    const counters = children.map(
      ({ registry }) => new Counter({ name: 'mirrored_total', help: 'Mirrored', registers: [registry] }),
    );
    for (const total of [100, 100, 100, 130]) {
      for (const one of counters) await mirror(one, total);
      await commitAll();
      await scrape(primary);
    }
    expect(await value('mirrored_total')).toBe(260);
  });

  it('keeps its labels, too', async () => {
    const { registry } = start();
    const one = new Counter({ name: 'mirrored_total', help: 'Mirrored', labelNames: ['a'], registers: [registry] });
    for (const total of [100, 100, 120]) {
      one.reset();
      one.inc({ a: 'x' }, total);
      await commitAll();
    }
    expect(await value('mirrored_total', { a: 'x' })).toBe(120);
  });
});

describe('collect functions', () => {
  it('run when a scrape comes, and not otherwise', async () => {
    const { registry } = start();
    let runs = 0;
    new Gauge({
      name: 'collected',
      help: 'Collected',
      registers: [registry],
      collect() {
        this.set(++runs);
      },
    });
    await commitAll();
    await turn(50); // five heartbeats
    expect(runs).toBe(0);
    expect(await value('collected')).toBe(1);
    await turn(50);
    expect(await value('collected')).toBe(2);
    expect(runs).toBe(2);
  });

  it('are waited for no longer than collectWaitMs, and not again before the child reports', async () => {
    const { registry } = start({ collectWaitMs: 100 }, 2);
    new Gauge({ name: 'slow', help: 'Slow', registers: [registry], collect: () => new Promise(() => undefined) });
    new Gauge({
      name: 'fast',
      help: 'Fast',
      registers: [at(1).registry],
      collect() {
        this.inc();
      },
    });
    await commitAll();
    at(0).freeze();
    const took = async () => {
      const startMs = performance.now();
      await scrape(primary);
      return performance.now() - startMs;
    };
    expect(await took()).toBeGreaterThan(90);
    expect(await took()).toBeLessThan(90);
    expect(await value('fast')).toBe(3);
  });

  it('show how long the loop was blocked since the scrape before', async () => {
    const { registry } = start();
    collectDefaultMetrics({ register: registry });
    await commitAll();
    await scrape(primary);
    await turn(20);
    const until = Date.now() + 300;
    while (Date.now() < until);
    await turn(60); // some heartbeats
    expect(await value('nodejs_eventloop_lag_max_seconds')).toBeGreaterThan(0.2);
  });

  it.each(['a gauge', 'a summary'])('that never end freeze no other metric of a child: %s', async (kind) => {
    const { registry } = start({ collectWaitMs: 20 });
    const collect = () => new Promise<void>(() => undefined);
    const stuck = { name: 'stuck', help: 'Stuck', registers: [registry], collect };
    if (kind === 'a gauge') new Gauge(stuck);
    else new Summary(stuck);
    let runs = 0;
    new Gauge({
      name: 'collected',
      help: 'Collected',
      registers: [registry],
      collect() {
        this.set(++runs);
      },
    });
    const counter = new Counter({ name: 'one_total', help: 'One', registers: [registry] });
    await commitAll();
    for (let scrapes = 1; scrapes <= 3; scrapes++) {
      counter.inc();
      await turn(15); // a heartbeat, after which the child is asked again
      await value('collected');
      await commitAll();
      expect(primary.values('collected')).toEqual([{ labels: {}, value: scrapes }]);
      expect(primary.values('one_total')).toEqual([{ labels: {}, value: scrapes }]);
    }
  });

  it('of the primary that never end are waited for once, and what goes around the recording is found', async () => {
    start({ collectTimeoutMs: 1000 });
    let stuckRuns = 0;
    new Gauge({
      name: 'stuck',
      help: 'Stuck',
      registers: [primary],
      collect() {
        stuckRuns += 1;
        return new Promise(() => undefined);
      },
    });
    const summary = new Summary({ name: 'size_bytes', help: 'Size', registers: [primary] });
    await scrape(primary);
    summary.observe(1);
    const startMs = performance.now();
    expect(await value('size_bytes_count')).toBe(1);
    expect(performance.now() - startMs).toBeLessThan(900);
    expect(stuckRuns).toBe(1);
  });

  it('that fail stop no other, and are told', async () => {
    const { registry, errors } = start();
    new Gauge({ name: 'one', help: 'One', registers: [registry], collect: () => Promise.reject(new Error('down')) });
    new Gauge({
      name: 'two',
      help: 'Two',
      registers: [registry],
      collect() {
        this.set(2);
      },
    });
    await commitAll();
    expect(await value('two')).toBe(2);
    expect(errors).toEqual([new Error('down')]);
  });
});

describe('metrics of another kind', () => {
  it('with a get() of somebody’s own are in the aggregate by what it says', async () => {
    const { registry } = start();
    let total = 3;
    const plain = {
      name: 'plain_total',
      get: () => ({
        name: 'plain_total',
        help: 'Plain',
        type: 'counter',
        values: [{ value: total, labels: { a: 'x' } }],
        aggregator: 'sum',
      }),
    };
    registry.registerMetric(plain as never);
    const after = new Counter({ name: 'after_total', help: 'After', registers: [registry] });
    after.inc();
    await commitAll();
    expect(await value('plain_total', { a: 'x' })).toBe(3);
    total = 7;
    expect(await value('plain_total', { a: 'x' })).toBe(7);
    expect(await value('after_total')).toBe(1);
  });

  it.each([
    ['nothing', () => undefined],
    ['no name', async () => ({ type: 'gauge', values: [] })],
    ['values that are none', () => ({ name: 'odd', type: 'gauge', values: 5 })],
  ])('that can give %s are counted and told, and hold up no other', async (_what, get) => {
    const { registry } = start();
    registry.registerMetric({ name: 'odd', get } as never);
    new Counter({ name: 'after_total', help: 'After', registers: [registry] }).inc();
    await commitAll();
    expect(await value('after_total')).toBe(1);
    await scrape(primary);
    expect(await value('cluster_series_dropped_total', { reason: 'unsupported_metric' })).toBe(1);
    expect(drops).toEqual(['unsupported_metric odd']);
  });

  it('whose get() throws are told, and end nothing', async () => {
    const { registry, errors } = start();
    registry.registerMetric({
      name: 'odd',
      get() {
        throw new Error('no');
      },
    } as never);
    await commitAll();
    await scrape(primary);
    expect(errors).toEqual([new Error('no')]);
  });

  it('of another copy of the client are in the aggregate', async () => {
    await jest.isolateModulesAsync(async () => {
      const other = await importClient();
      const registry = new other.Registry();
      primary = createPrimary();
      children.push(linkChild({ role: 'worker', slot: '0' }, registry));
      new other.Counter({ name: 'other_total', help: 'Other', registers: [registry] }).inc(2);
      await commitAll();
      expect(await value('other_total')).toBe(2);
    });
  });

  it('of several clients in one process are in one aggregate', async () => {
    const names = ['prom-client', ...(clientName === 'prom-client' ? [] : [clientName])];
    primary = createPrimary();
    const registries = await Promise.all(
      names.map(async (name) => {
        const client = await importClient(name);
        const registry = new client.Registry();
        const labels = { client: name };
        new client.Counter({ name: 'jobs_total', help: 'Jobs', labelNames: ['client'], registers: [registry] }).inc(
          labels,
        );
        return registry;
      }),
    );
    const [first] = registries;
    children.push(linkChild({ role: 'worker', slot: '0' }, first));
    at(0).reporter.tracker.follow(registries);
    await commitAll();
    for (const name of names) expect(await value('jobs_total', { client: name })).toBe(1);
  });
});

it('registries of any copy can be set, and what is none is refused with a sentence', async () => {
  primary = createPrimary();
  await jest.isolateModulesAsync(async () => {
    const other = new (await importClient()).Registry();
    ClusterRegistry.setRegistries(other);
    expect(reportedRegistries()).toEqual([other]);
  });
  ClusterRegistry.setRegistries(register);
  expect(() => ClusterRegistry.setRegistries({ not: 'a registry' } as never)).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_REGISTRY' }),
  );
});

describe('a reporter that stops and one that starts after it in the same process', () => {
  const createMetrics = (registry: Registry) => {
    const registers = [registry];
    return {
      jobs: new Counter({ name: 'jobs_total', help: 'Jobs', labelNames: ['a'], registers }),
      took: new Histogram({ name: 'took', help: 'Took', buckets: [1, 5], registers }),
      size: new Summary({ name: 'size', help: 'Size', percentiles: [0.5], registers }),
    };
  };
  const update = ({ jobs, took, size }: ReturnType<typeof createMetrics>): void => {
    jobs.inc({ a: 'x' }, 100);
    took.observe(3);
    size.observe(7);
  };
  const shown = async () => ({
    jobs: await value('jobs_total', { a: 'x' }),
    took: await value('took_sum'),
    inBucket: await value('took_bucket', { le: '5' }),
    size: await value('size_count'),
  });

  it.each([0, 1, 2])('count everything once, with %d updates in between', async (between) => {
    const child = start();
    const metrics = createMetrics(child.registry);
    update(metrics);
    await commitAll();
    expect(await shown()).toEqual({ jobs: 100, took: 3, inBucket: 1, size: 1 });
    await child.restart(() => {
      for (let i = 0; i < between; i++) update(metrics);
    });
    update(metrics);
    await commitAll();
    const n = between + 2;
    expect(await shown()).toEqual({ jobs: 100 * n, took: 3 * n, inBucket: n, size: n });
  });

  it('count all of a metric that was reset in between', async () => {
    const child = start();
    const metrics = createMetrics(child.registry);
    update(metrics);
    update(metrics);
    await commitAll();
    await child.restart(() => {
      metrics.jobs.reset();
      metrics.took.reset();
      update(metrics);
    });
    await commitAll();
    expect(await shown()).toMatchObject({ jobs: 300, took: 9, inBucket: 3 });
  });

  it('report what the first one could not', async () => {
    const child = start();
    const metrics = createMetrics(child.registry);
    update(metrics);
    await commitAll();
    child.freeze();
    update(metrics);
    const restarted = child.restart(() => undefined);
    await turn(20);
    child.thaw();
    await restarted;
    await commitAll();
    expect(await shown()).toMatchObject({ jobs: 200, took: 6, inBucket: 2 });
  });
});

it('a reporter that no primary answers warns once', async () => {
  primary = createPrimary();
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const channel = oneWayChannel((_message, done) => void setImmediate(done, null));
  const silent = startReporter({ channel, heartbeatMs: 1 });
  children.push(linkChild({ role: 'worker', slot: '0' }));
  while (warn.mock.calls.length === 0) await turn(10);
  await turn(150); // fifteen heartbeats of the other
  await silent.stop();
  expect(warn.mock.calls.map(([, options]) => options)).toEqual([
    { type: 'ClusterMetricsWarning', code: 'PRIMARY_SILENT' },
  ]);
  warn.mockRestore();
});

it('a second reporter on one channel is refused', async () => {
  primary = createPrimary();
  const channel = oneWayChannel((_message, done) => void setImmediate(done, null));
  const first = startReporter({ channel });
  expect(() => startReporter({ channel })).toThrow(expect.objectContaining({ code: 'REPORTER_RUNNING' }));
  await first.stop();
  await startReporter({ channel }).stop();
});

describe('default labels', () => {
  it.each([
    ['before the first metric', 0],
    ['after it', 1],
    ['after its first report', 2],
    ['in the object that was given', 3],
  ])('are on all metrics when they are set %s', async (_when, when) => {
    const { registry } = start();
    const labels: Record<string, string> = {};
    if (when === 3) registry.setDefaultLabels(labels);
    if (when === 0) registry.setDefaultLabels({ app: 'a' });
    const one = new Counter({ name: 'one_total', help: 'One', registers: [registry] });
    one.inc(2);
    if (when === 1) registry.setDefaultLabels({ app: 'a' });
    await commitAll();
    labels['app'] = 'a';
    if (when === 2) registry.setDefaultLabels({ app: 'a' });
    if (when === 3) await turn(30); // a heartbeat
    one.inc(3);
    await commitAll();
    const answer = await scrape(primary);
    expect(answer.samples.filter(({ name }) => name === 'one_total')).toEqual([
      { name: 'one_total', labels: { app: 'a' }, value: 5 },
    ]);
  });
});

it('a label that a series leaves out has the registry’s default, as the client has it', async () => {
  const { registry } = start();
  registry.setDefaultLabels({ app: 'a', zone: 'z' });
  const one = new Counter({ name: 'one_total', help: 'One', labelNames: ['app', 'other'], registers: [registry] });
  one.inc({ other: 'x' }, 2);
  one.inc({ other: 'x', app: 'b' }, 3);
  await commitAll();
  expect(await registry.metrics()).toMatch(/app="a".* 2$/m);
  expect(await value('one_total', { app: 'a', other: 'x', zone: 'z' })).toBe(2);
  expect(await value('one_total', { app: 'b', other: 'x', zone: 'z' })).toBe(3);
});

it('a registry that is cleared with its default labels reports what left, and nothing else', async () => {
  const { registry, reporter } = start();
  registry.setDefaultLabels({ app: 'a' });
  new Counter({ name: 'one_total', help: 'One', registers: [registry] }).inc(5);
  await commitAll();
  registry.clear();
  expect(reporter.tracker.take()).toEqual([{ removed: [expect.any(Number)], forgotten: [expect.any(Number)] }]);
});

it('a series that is reset while its default labels change comes back under the new ones alone', async () => {
  const { registry } = start();
  const one = new Counter({ name: 'one_total', help: 'One', labelNames: ['a'], registers: [registry] });
  one.inc({ a: 'x' }, 5);
  await commitAll();
  one.reset();
  registry.setDefaultLabels({ app: 'a' });
  await commitAll();
  one.inc({ a: 'x' }, 7);
  await commitAll();
  const { samples } = await scrape(primary);
  expect(samples.filter(({ name }) => name === 'one_total')).toEqual([
    { name: 'one_total', labels: { a: 'x', app: 'a' }, value: 7 },
  ]);
});

it('NaN spoils a counter of this process, and not the aggregate', async () => {
  const { registry } = start();
  const one = new Counter({ name: 'one_total', help: 'One', registers: [registry] });
  one.inc(2);
  one.inc(Number.NaN);
  await commitAll();
  one.inc(3);
  await commitAll();
  expect(await registry.metrics()).toContain('one_total Nan');
  expect(await value('one_total')).toBe(5);
  one.reset();
  one.inc(1);
  expect(await registry.metrics()).toContain('one_total 1');
});

describe('names', () => {
  it.each([
    ['a counter and a gauge that print one name in OpenMetrics', 'mails', 'mails_total'],
    ['a histogram and its sum', 'size_bytes', 'size_bytes_sum'],
    ['a counter and its creation time', 'seen_total', 'seen_created'],
  ])('%s are not both shown', async (_what, first, second) => {
    const { registry } = start();
    const registers = [registry];
    if (first === 'size_bytes') new Histogram({ name: first, help: 'First', buckets: [1], registers }).observe(1);
    else new Counter({ name: first, help: 'First', registers }).inc();
    new Gauge({ name: second, help: 'Second', registers }).set(7);
    await commitAll();
    for (const format of ['text', 'openmetrics'] as const) await scrape(primary, format);
    expect(drops).toEqual([`conflicting_definition ${second}`]);
    expect(await value('cluster_series_dropped_total', { reason: 'conflicting_definition' })).toBe(1);
  });
});

describe('a counter of the same base name as another metric', () => {
  it.each([Gauge, Histogram, Summary])('is shown beside it in both formats (%#)', async (Other) => {
    const { registry } = start();
    const registers = [registry];
    const make = [
      () => new Counter({ name: 'jobs_total', help: 'Jobs', registers }).inc(3),
      () => void new Other({ name: 'jobs', help: 'Jobs', registers }),
    ];
    for (const one of Other === Gauge ? make : make.reverse()) one();
    await commitAll();
    for (const format of ['text', 'openmetrics'] as const) {
      expect(valueOf(await scrape(primary, format), 'jobs_total')).toBe(3);
    }
    const { types, samples } = await scrape(primary, 'openmetrics');
    expect(types.get('jobs_total')).toBe('unknown');
    const names = samples.filter(({ name }) => name === 'jobs_created');
    expect(names.length).toBeLessThan(2);
    expect(drops).toEqual([]);
  });
});

describe('what a scraper refuses a whole answer for', () => {
  it('is left out: a label that is a second name of its metric', async () => {
    const { registry } = start();
    const registers = [registry];
    new Counter({ name: 'one_total', help: 'One', labelNames: ['__name__'], registers }).inc({ __name__: 'two' });
    new Counter({ name: 'two_total', help: 'Two', registers }).inc();
    await commitAll();
    expect(await value('one_total')).toBeUndefined();
    expect(await value('two_total')).toBe(1);
    expect(await value('cluster_series_dropped_total', { reason: 'protocol' })).toBe(1);
  });

  it('is mended: a counter whose name is nothing but its suffix', async () => {
    const { registry } = start();
    new Counter({ name: '_total', help: 'All', registers: [registry] }).inc(2);
    await commitAll();
    const answer = await scrape(primary, 'openmetrics');
    expect(answer.types.get('_total')).toBe('counter');
    expect(valueOf(answer, '_total_total')).toBe(2);
  });
});

describe('buckets', () => {
  it.each([
    ['that end with infinity', [1, 5, Number.POSITIVE_INFINITY]],
    ['that are not in order', [5, 1]],
    ['of which one is there twice', [1, 5, 5]],
  ])('%s are shown ascending, each once', async (_what, buckets) => {
    const { registry, reporter } = start();
    registry.setContentType(contentTypes.openmetrics as never);
    const registers = [registry];
    const one = new Histogram({ name: 'took', help: 'Took', buckets, enableExemplars: true, registers });
    for (const value of [0.5, 3, 7]) one.observe({ labels: {}, value, exemplarLabels: { trace: String(value) } });
    await commitAll();
    for (const format of ['text', 'openmetrics'] as const) {
      const { samples } = await scrape(primary, format);
      const shown = samples.filter(({ name }) => name === 'took_bucket');
      expect(shown.map(({ labels }) => labels['le'])).toEqual(['1', '5', '+Inf']);
      // In the order that was given, a client finds 5 for what is below 1, too.
      expect(shown.map(({ value }) => value)).toEqual(buckets[0] === 5 ? [0, 2, 3] : [1, 2, 3]);
      if (format === 'openmetrics') expect(shown.at(-1)?.exemplar).toMatchObject({ value: 7 });
    }
    expect(drops).toEqual([]);
    await reporter.stop();
    expect(at(0).errors).toEqual([]);
    expect(await registry.metrics()).toMatch(/^took_sum 10.5\ntook_count 3$/m);
  });
});

it('metrics of one name in two registries of a process are added up, and each is removed by itself', async () => {
  const { registry, reporter } = start();
  const other = new Registry();
  reporter.tracker.follow([registry, other]);
  const make = (registers: Registry[]) => ({
    level: new Gauge({ name: 'level', help: 'Level', registers }),
    seen: new Counter({ name: 'seen_total', help: 'Seen', registers }),
  });
  const [first, second] = [make([registry]), make([other])];
  first.level.set(3);
  second.level.set(4);
  first.seen.inc(1);
  second.seen.inc(2);
  await commitAll();
  expect([await value('level'), await value('seen_total')]).toEqual([7, 3]);
  second.level.set(5);
  await commitAll();
  expect(await value('level')).toBe(8);
  other.clear();
  await commitAll();
  expect([await value('level'), await value('seen_total')]).toEqual([3, 3]);
  at(0).die();
  expect([await value('level'), await value('seen_total')]).toEqual([undefined, 3]);
});

it('a process may make and drop any number of metrics', async () => {
  const { registry } = start();
  for (let round = 0; round < 3; round++) {
    new Counter({ name: 'one_total', help: 'One', registers: [registry] }).inc(round + 1);
    await commitAll();
    expect(await value('one_total')).toBe(round + 1);
    if (round < 2) registry.clear();
  }
});

describe('a definition that changes', () => {
  it('takes over with what it has counted, once no live child holds the former one', async () => {
    start({}, 2);
    const make = (child: LinkedChild, buckets: number[]) =>
      new Histogram({ name: 'took_seconds', help: 'Took', buckets, registers: [child.registry] });
    make(at(0), [1]).observe(0.5);
    await commitAll();
    make(at(1), [2]).observe(1.5);
    await commitAll();
    expect(await value('took_seconds_count')).toBe(1);
    expect(drops).toEqual(['conflicting_definition took_seconds']);
    at(0).die();
    expect(await value('took_seconds_bucket', { le: '2' })).toBe(1);
    expect(await value('took_seconds_bucket', { le: '1' })).toBeUndefined();
    expect(await value('took_seconds_count')).toBe(1);
  });

  it('is accepted at once when its process made it anew', async () => {
    const { registry } = start();
    new Counter({ name: 'one_total', help: 'One', registers: [registry] }).inc(5);
    await commitAll();
    registry.clear();
    new Counter({ name: 'one_total', help: 'One', labelNames: ['a'], registers: [registry] }).inc({ a: 'x' });
    await commitAll();
    expect(await value('one_total', { a: 'x' })).toBe(1);
    expect(drops).toEqual([]);
  });

  it('is accepted at once, also with a series that comes and leaves in the same turn', async () => {
    const { registry } = start();
    new Counter({ name: 'one_total', help: 'One', registers: [registry] }).inc(5);
    await commitAll();
    registry.clear();
    const anew = new Counter({ name: 'one_total', help: 'One', labelNames: ['a'], registers: [registry] });
    for (const a of ['x', 'y']) anew.inc({ a });
    anew.remove({ a: 'x' });
    await commitAll();
    expect(await value('one_total', { a: 'y' })).toBe(1);
    expect(drops).toEqual([]);
  });
});

describe('a metric that leaves', () => {
  const make = (registry: Registry, labelNames = ['a']) =>
    new Counter({ name: 'one_total', help: 'One', labelNames, registers: [registry] });

  it('is told with all that was counted, also for a label set that was new in the same turn', async () => {
    start({}, 2);
    make(at(0).registry).inc({ a: 'new' });
    const { registry } = at(1);
    const leaving = make(registry);
    leaving.inc({ a: 'known' });
    await commitAll();
    leaving.inc({ a: 'new' }, 5);
    registry.clear();
    await commitAll();
    expect(await value('one_total', { a: 'new' })).toBe(6);
  });

  it('in the turn in which it came, after counting, leaves its name to another of other labels', async () => {
    const { registry } = start();
    make(registry).inc({ a: 'x' });
    registry.clear();
    make(registry, ['b']).inc({ b: 'y' }, 3);
    await commitAll();
    expect(await value('one_total', { b: 'y' })).toBe(3);
    expect(drops).toEqual([]);
  });
});

it('a metric that is cleared and made anew in one turn starts from zero', async () => {
  const { registry } = start();
  const make = () => new Counter({ name: 'one_total', help: 'One', registers: [registry] });
  make().inc(5);
  await commitAll();
  registry.clear();
  make().inc();
  await commitAll();
  expect(await value('one_total')).toBe(1);
});

it('a label set that is removed and set again in one turn starts from zero', async () => {
  const { registry } = start();
  const one = new Counter({ name: 'one_total', help: 'One', labelNames: ['a'], registers: [registry] });
  one.inc({ a: 'x' }, 5);
  await commitAll();
  one.remove('x');
  one.inc({ a: 'x' });
  await commitAll();
  expect(await value('one_total')).toBe(1);
});

describe('many registries', () => {
  it('in one process show the same counts, and lose none', async () => {
    primary = createPrimary();
    const registry = new Registry();
    children.push(linkChild({ role: 'worker', slot: '0' }, registry));
    const one = new Counter({ name: 'one_total', help: 'One', registers: [registry] });
    one.inc();
    const second = new ClusterRegistry({ registries: [registry] });
    one.inc(2);
    await commitAll();
    expect(await value('one_total', {})).toBe(3);
    const seen = await scrape(second);
    expect(valueOf(seen, 'one_total', { role: 'primary' })).toBe(3);
    second.close();
    one.inc();
    await commitAll();
    expect(await value('one_total')).toBe(4);
  });

  it('that were made and closed leave nothing behind', async () => {
    const registry = new Registry();
    const one = new Counter({ name: 'one_total', help: 'One', registers: [registry] });
    const members = Object.keys(one);
    for (let i = 0; i < 1100; i++) {
      const each = new ClusterRegistry({ registries: [registry] });
      one.inc();
      each.close();
    }
    primary = createPrimary({ registries: [registry] });
    one.inc();
    expect(await value('one_total', { role: 'primary' })).toBe(1101);
    primary.close();
    expect(Object.keys(one)).toEqual(members);
    expect(Object.hasOwn(registry, 'metrics')).toBe(false);
    expect(await registry.metrics()).toContain('one_total 1101');
  });

  it('that are open together do not warn of a leak', () => {
    primary = createPrimary();
    const before = cluster.listenerCount('message');
    const open = Array.from({ length: 11 }, () => createPrimary());
    expect(cluster.listenerCount('message')).toBe(before);
    for (const one of open) one.close();
  });
});

it('children without an identity of their own are told apart', async () => {
  primary = createPrimary();
  children.push(linkChild(), linkChild());
  await commitAll();
  const answer = await scrape(primary);
  const ages = answer.samples.filter(({ name }) => name === 'cluster_child_report_age_seconds');
  expect(ages.map(({ labels }) => labels)).toEqual(children.map(({ id }) => ({ slot: String(id) })));
});

describe('exemplars', () => {
  it.each([
    ['are longer than OpenMetrics allows', { trace: 'x'.repeat(124) }],
    ['have a label name that is none', { 'bad-name': 'x' }],
    ['have a NUL, which Prometheus cannot read there', { trace: 'a\0b' }],
  ] as [string, Record<string, string>][])('that %s are left out and counted', async (_what, labels) => {
    const { registry, reporter } = start();
    const catalog = defineMetrics({ one_total: { type: 'counter', help: 'One', labels: {}, useCase: 'How many?' } });
    const { one_total } = createInstruments(catalog, registry, reporter.tracker);
    one_total.with({}).inc(2, labels);
    await commitAll();
    const answer = await scrape(primary, 'openmetrics');
    expect(answer.samples.find(({ name }) => name === 'one_total')).toEqual({
      name: 'one_total',
      labels: {},
      value: 2,
    });
    expect(await value('cluster_series_dropped_total', { reason: 'invalid_exemplar' })).toBe(1);
    one_total.with({}).inc(1, { trace: 'x'.repeat(123) });
    await commitAll();
    const next = await scrape(primary, 'openmetrics');
    expect(next.samples.find(({ name }) => name === 'one_total')?.exemplar).toMatchObject({ value: 1 });
  });
});

describe('OpenMetrics', () => {
  it('gets no sum of a histogram that saw negative values', async () => {
    const { registry } = start();
    const registers = [registry];
    new Histogram({ name: 'delta', help: 'Delta', buckets: [-1, 1], registers }).observe(0);
    const other = new Histogram({ name: 'other', help: 'Other', buckets: [1], registers });
    other.observe(3);
    await commitAll();
    expect(valueOf(await scrape(primary, 'openmetrics'), 'other_sum')).toBe(3);
    other.observe(-5);
    await commitAll();
    const answer = await scrape(primary, 'openmetrics');
    expect(valueOf(answer, 'delta_sum')).toBeUndefined();
    expect(valueOf(answer, 'other_sum')).toBeUndefined();
    expect(valueOf(answer, 'other_bucket', { le: '+Inf' })).toBe(2);
    expect(await value('other_sum')).toBe(-2);
  });

  it('gets no creation times when they are switched off', async () => {
    const { registry } = start({ created: false });
    new Counter({ name: 'one_total', help: 'One', registers: [registry] }).inc();
    await commitAll();
    const { samples } = await scrape(primary, 'openmetrics');
    expect(samples.filter(({ name }) => name.endsWith('_created'))).toEqual([]);
  });
});

it('commas keep label sets apart in the turn in which their metric was made', async () => {
  const { registry } = start();
  const one = new Counter({ name: 'one_total', help: 'One', labelNames: ['a', 'b'], registers: [registry] });
  one.inc({ a: 'x,b:y', b: 'z' });
  one.inc({ a: 'x', b: 'y,b:z' }, 2);
  one.inc({ a: '\u{E02C}', b: ',' }, 4);
  await commitAll();
  expect(await value('one_total', { a: 'x,b:y', b: 'z' })).toBe(1);
  expect(await value('one_total', { a: 'x', b: 'y,b:z' })).toBe(2);
  expect(await value('one_total', { a: '\u{E02C}', b: ',' })).toBe(4);
});

describe('a program that uses an object again', () => {
  it.each([
    [
      'a counter',
      Counter,
      (one: Counter, labels: Record<string, string>, amount: number) => one.inc(labels, amount),
      '',
    ],
    ['a gauge', Gauge, (one: Gauge, labels: Record<string, string>, amount: number) => one.set(labels, amount), ''],
    [
      'a histogram',
      Histogram,
      (one: Histogram, labels: Record<string, string>, amount: number) => one.observe(labels, amount),
      '_sum',
    ],
  ] as const)('has the labels of each update, not those of the last: %s', async (_what, Metric, update, suffix) => {
    const { registry } = start();
    const one = new Metric({ name: 'one', help: 'One', labelNames: ['a'], registers: [registry] });
    const labels = { a: 'x' };
    update(one as never, labels, 1);
    labels.a = 'y';
    update(one as never, labels, 5);
    await commitAll();
    expect(await value(`one${suffix}`, { a: 'x' })).toBe(1);
    expect(await value(`one${suffix}`, { a: 'y' })).toBe(5);
  });

  it('has the labels of each exemplar', async () => {
    const { registry, reporter } = start();
    const catalog = defineMetrics({
      took: { type: 'histogram', help: 'Took', labels: {}, buckets: [1], useCase: 'How long?' },
    });
    const took = createInstruments(catalog, registry, reporter.tracker).took.with({});
    const exemplarLabels = { trace_id: 'first' };
    took.observe(0.5, exemplarLabels);
    exemplarLabels.trace_id = 'second';
    took.observe(5, exemplarLabels);
    await commitAll();
    const { samples } = await scrape(primary, 'openmetrics');
    const exemplars = samples.filter(({ name }) => name === 'took_bucket').map(({ exemplar }) => exemplar?.labels);
    expect(exemplars).toEqual([{ trace_id: 'first' }, { trace_id: 'second' }]);
  });
});

it('a label of null is shown as the registry of the child shows it', async () => {
  const { registry } = start();
  const one = new Counter({ name: 'one_total', help: 'One', labelNames: ['a', 'b'], registers: [registry] });
  const none: Record<string, string | null> = { a: 'x', b: null };
  await turn(1); // the class is known
  one.inc(none as Record<string, string>);
  await commitAll();
  const shown = (await registry.metrics()).includes('one_total{a="x",b="null"} 1') && clientName === 'prom-client';
  expect(await value('one_total', shown ? { a: 'x', b: 'null' } : { a: 'x' })).toBe(1);
});

describe('a gauge that is reset', () => {
  it('shows what was set in the `collect` of this scrape, and nothing of the one before', async () => {
    const { registry } = start({ collectWaitMs: 500 });
    const rows = [['a', 'b'], ['b'], ['a', 'b'], []];
    new Gauge({
      name: 'level',
      help: 'Level',
      labelNames: ['row'],
      registers: [registry],
      async collect() {
        this.reset();
        await turn(2); // a query
        for (const row of rows[0] ?? []) this.set({ row }, 1);
      },
    });
    await commitAll();
    while (rows.length > 0) {
      const { samples } = await scrape(primary);
      const shown = samples.filter(({ name }) => name === 'level').map(({ labels }) => labels['row']);
      expect(shown.sort()).toEqual(rows.shift());
    }
  });

  it('leaves with the next report, and comes back with the value of before', async () => {
    const { registry } = start({}, 2);
    const gauges = children.map(
      (child) => new Gauge({ name: 'level', help: 'Level', labelNames: ['a'], registers: [child.registry] }),
    );
    for (const gauge of gauges) gauge.set({ a: 'x' }, 3);
    await commitAll();
    gauges[0]?.reset();
    await commitAll();
    expect(await registry.metrics()).not.toContain('level{');
    expect(await value('level', { a: 'x' })).toBe(3);
    gauges[0]?.set({ a: 'x' }, 3);
    await commitAll();
    expect(await value('level', { a: 'x' })).toBe(6);
    for (const gauge of gauges) gauge.reset();
    await commitAll();
    expect(await value('level', { a: 'x' })).toBeUndefined();
  });
});

it('handles that were bound before are found within a heartbeat', async () => {
  primary = createPrimary();
  const registry = new Registry();
  const registers = [registry];
  const counter = new Counter({ name: 'one_total', help: 'One', labelNames: ['a'], registers });
  const gauge = new Gauge({ name: 'level', help: 'Level', labelNames: ['a'], registers });
  const histogram = new Histogram({ name: 'took', help: 'Took', labelNames: ['a'], buckets: [1], registers });
  const handles = { counter: counter.labels('x'), gauge: gauge.labels('x'), histogram: histogram.labels('x') };
  handles.counter.inc(1);
  handles.gauge.set(10);
  handles.histogram.observe(0.5);
  children.push(linkChild({ role: 'worker', slot: '0' }, registry));
  await commitAll();
  handles.counter.inc(2);
  handles.gauge.inc(5);
  handles.histogram.observe(0.5);
  counter.inc({ a: 'x' }, 4);
  histogram.observe({ a: 'x' }, 2);
  await turn(30);
  await commitAll();
  expect(await value('one_total', { a: 'x' })).toBe(7);
  expect(await value('level', { a: 'x' })).toBe(15);
  expect(await value('took_count', { a: 'x' })).toBe(3);
  gauge.set({ a: 'x' }, 1);
  handles.gauge.set(3);
  await turn(30);
  await commitAll();
  expect(await value('took_sum', { a: 'x' })).toBe(3);
});

it('a handle that was bound before changes a gauge by as much as it says, though its class never held the label set', async () => {
  primary = createPrimary();
  const registry = new Registry();
  const gauge = new Gauge({ name: 'level', help: 'Level', labelNames: ['a'], registers: [registry] });
  const handle = gauge.labels('x');
  children.push(linkChild({ role: 'worker', slot: '0' }, registry));
  await commitAll();
  gauge.set({ a: 'x' }, 10);
  handle.inc();
  await at(0).reporter.tracker.look();
  await commitAll();
  expect(await value('level', { a: 'x' })).toBe(11);
});

it('handles of a catalog write into the metric that was given back', async () => {
  const { registry, reporter } = start();
  const catalog = defineMetrics({
    one_total: { type: 'counter', help: 'One', labels: { a: ['x'] }, useCase: 'How many?' },
    level: { type: 'gauge', help: 'Level', labels: {}, merge: 'sum', retention: 'live', useCase: 'How high?' },
    took_seconds: { type: 'histogram', help: 'Took', labels: {}, buckets: [1], useCase: 'How long?' },
  });
  const { one_total, level, took_seconds } = createInstruments(catalog, registry, reporter.tracker);
  const update = () => {
    one_total.with({ a: 'x' }).inc(2);
    level.with({}).inc(3);
    took_seconds.with({}).observe(0.5);
  };
  update();
  await reporter.stop();
  update();
  const text = await registry.metrics();
  expect(text).toContain('one_total{a="x"} 4');
  expect(text).toContain('level 6');
  expect(text).toContain('took_seconds_bucket{le="1"} 2');
  expect(text).toContain('took_seconds_sum 1\n');
});

it('a histogram with too many observations to be given back stays recorded, and shows all', async () => {
  const { registry, reporter } = start();
  const one = new Histogram({ name: 'took_seconds', help: 'Took', buckets: [1], registers: [registry] });
  for (let i = 0; i < 100_001; i++) one.observe(0.5);
  await commitAll();
  expect(await value('took_seconds_count')).toBe(100_001);
  await reporter.stop();
  one.observe(2);
  const text = await registry.metrics();
  expect(text).toContain('took_seconds_bucket{le="1"} 100001');
  expect(text).toContain('took_seconds_count 100002');
});

it('what only a class accepts is in the frame that a commit waits for', async () => {
  const { registry, reporter } = start();
  const one = new Counter({ name: 'one_total', help: 'One', registers: [registry] });
  await commitAll();
  one.inc(null as never);
  expect(await reporter.commit({ withinMs: 1000 })).toBe(true);
  expect(await value('one_total')).toBe(1);
});

it('a subclass with methods of its own is read, and they run', async () => {
  const { registry } = start();
  let sets = 0;
  class Noting extends Gauge {
    override set(...args: unknown[]): void {
      sets += 1;
      super.set(...(args as [number]));
    }
  }
  new Noting({ name: 'level', help: 'Level', registers: [registry] }).set(5);
  await commitAll();
  expect(sets).toBe(1);
  expect(await value('level')).toBe(5);
});

it('summaries are read, and leave with their labels', async () => {
  const { registry } = start();
  const one = new Summary({ name: 'size_bytes', help: 'Size', labelNames: ['a'], registers: [registry] });
  one.observe({ a: 'x' }, 10);
  one.labels('x').observe(5);
  await commitAll();
  expect(await value('size_bytes_sum', { a: 'x' })).toBe(15);
  one.reset();
  one.observe({ a: 'x' }, 1);
  await value('size_bytes_count');
  expect(await value('size_bytes_count', { a: 'x' })).toBe(3);
  one.remove('x');
  await value('size_bytes_count');
  expect(await value('size_bytes_count')).toBeUndefined();
});

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ChangeTracker, contentTypes, defineMetrics } from '../../../src/cluster-metrics/index.js';
import { toErrorListener } from '../../../src/cluster-metrics/wire/errors.js';
import { createPrimary, type LinkedChild, linkChild, scrape } from '../../support/cluster-link.js';
import type { Exposition } from '../../support/exposition.js';
import {
  type AnyRegistry,
  type ClusterRegistry,
  Counter,
  createInstruments,
  Gauge,
  Histogram,
  Registry,
} from '../../support/metrics-client.js';

/** Values, labels and objects at the edge of what the clients take, as their users have reported them. */

let primary: ClusterRegistry;
let child: LinkedChild;

function start(registry = new Registry()): Registry {
  primary = createPrimary();
  child = linkChild({ role: 'worker', slot: '0' }, registry);
  return registry;
}

async function answer(): Promise<Exposition> {
  await child.reporter.commit();
  return scrape(primary);
}

const shown = async (name: string) =>
  (await answer()).samples.filter((sample) => sample.name === name).map(({ labels, value }) => ({ labels, value }));

afterEach(async () => {
  child.die();
  void child.reporter.stop();
  primary.close();
});

describe('labels', () => {
  it('that are symbols are refused as by the client alone', async () => {
    const registry = start();
    const one = new Counter({ name: 'one_total', help: 'One', labelNames: ['a'], registers: [registry] });
    expect(() => one.inc({ a: Symbol('x') as never })).toThrow(TypeError);
    expect(await registry.metrics()).toContain('# HELP one_total One\n# TYPE one_total counter\n');
  });

  it.each(['constructor', 'toString'])('of the name %s are left out when they are not given', async (name) => {
    const registry = start();
    const one = new Counter({ name: 'one_total', help: 'One', labelNames: ['a', name], registers: [registry] });
    one.inc({ a: 'x' }, 2);
    one.inc(
      Object.fromEntries([
        ['a', 'x'],
        [name, 'y'],
      ]),
      3,
    );
    expect(await shown('one_total')).toEqual([
      { labels: { a: 'x' }, value: 2 },
      {
        labels: Object.fromEntries([
          ['a', 'x'],
          [name, 'y'],
        ]),
        value: 3,
      },
    ]);
  });

  it('that are getters of a class are one series, as with the client alone', async () => {
    class Labels {
      get a(): string {
        return 'x';
      }
    }
    const registry = start();
    const one = new Counter({ name: 'one_total', help: 'One', labelNames: ['a'], registers: [registry] });
    const took = new Histogram({ name: 'took', help: 'Took', labelNames: ['a'], buckets: [1], registers: [registry] });
    for (let i = 0; i < 3; i++) {
      one.inc(new Labels() as never);
      took.observe(new Labels() as never, 1);
    }
    expect((await registry.metrics()).match(/^one_total.*/gm)).toEqual(['one_total 3']);
    expect(await shown('one_total')).toEqual([{ labels: {}, value: 3 }]);
    expect(await shown('took_count')).toEqual([{ labels: {}, value: 3 }]);
  });
});

it('lone surrogates are replacement characters, as in what the client prints', async () => {
  const registry = start();
  registry.setDefaultLabels({ pod: 'x\ud83d' });
  const one = new Counter({ name: 'one_total', help: 'One', labelNames: ['a'], registers: [registry] });
  one.inc({ a: 'y\ud83d' }, 3);
  one.inc({ a: 'y\ud83e' }, 2);
  expect(await shown('one_total')).toEqual([{ labels: { a: 'y\ufffd', pod: 'x\ufffd' }, value: 5 }]);
});

it('lone surrogates of an exemplar are replacement characters, too', async () => {
  const registry: AnyRegistry = new Registry();
  registry.setContentType(contentTypes.openmetrics);
  start(registry as Registry);
  const one = new Counter({ name: 'one_total', help: 'One', enableExemplars: true, registers: [registry] });
  one.inc({ value: 2, exemplarLabels: { trace: 'x\ud83d' } });
  expect(await registry.metrics()).toContain('x\ud83d');
  await child.reporter.commit();
  const { parts } = await primary.scrape({ format: 'openmetrics' });
  expect(Buffer.concat(parts).toString()).toContain('one_total 2 # {trace="x\ufffd"} 2 ');
});

it('series that are removed again and again leave nothing behind in the handles of a catalog', () => {
  const registry = start();
  const catalog = defineMetrics({
    one_total: { type: 'counter', help: 'One', labels: { a: { oneOf: 'names' } }, useCase: 'Does it grow?' },
  });
  const { one_total: one } = createInstruments(catalog, registry, child.reporter.tracker);
  const before = one.with({ a: 'x' });
  before.inc();
  one.remove({ a: 'x' });
  expect(one.with({ a: 'x' })).not.toBe(before);
  expect(one.with({ a: 'x' })).toBe(one.with({ a: 'x' }));
});

describe('a sum of finite values that is infinite', () => {
  const huge = 1e308;

  it('is infinite in the aggregate and after it was given back: a counter', async () => {
    const registry = start();
    const one = new Counter({ name: 'one_total', help: 'One', registers: [registry] });
    one.inc(huge);
    await answer();
    one.inc(huge);
    expect(await shown('one_total')).toEqual([{ labels: {}, value: Number.POSITIVE_INFINITY }]);
    one.inc(1);
    expect(await shown('one_total')).toEqual([{ labels: {}, value: Number.POSITIVE_INFINITY }]);
    await child.reporter.stop();
    expect(child.errors).toEqual([]);
    expect(await registry.metrics()).toContain('one_total +Inf');
  });

  it.each([
    [huge, Number.POSITIVE_INFINITY, 0],
    [-huge, Number.NEGATIVE_INFINITY, 3],
  ])(
    'is infinite in the aggregate and after it was given back, and the count goes on: a histogram of %d',
    async (value, sum, below) => {
      const registry = start();
      const took = new Histogram({ name: 'took', help: 'Took', buckets: [-5, 1], registers: [registry] });
      for (let i = 0; i < 3; i++) took.observe(value);
      await answer();
      took.observe(0);
      const { samples } = await answer();
      const values = Object.fromEntries(samples.map((one) => [`${one.name}${one.labels['le'] ?? ''}`, one.value]));
      const expected = {
        'took_bucket-5': below,
        took_bucket1: below + 1,
        'took_bucket+Inf': 4,
        took_sum: sum,
        took_count: 4,
      };
      expect(values).toMatchObject(expected);
      const before = await registry.metrics();
      await child.reporter.stop();
      expect(child.errors).toEqual([]);
      expect(await registry.metrics()).toBe(before);
    },
  );

  it('never sends what is no number, by a channel that could', () => {
    const registry = new Registry();
    const tracker = new ChangeTracker({ registries: [registry] });
    start();
    const one = new Counter({ name: 'one_total', help: 'One', registers: [registry] });
    const took = new Histogram({ name: 'took', help: 'Took', buckets: [1], registers: [registry] });
    const told: number[] = [];
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 2; i++) {
        one.inc(huge);
        took.observe(huge);
      }
      if (round === 2) for (const metric of [one, took]) metric.reset();
      told.push(...tracker.take().flatMap(({ counters = [], histograms = [] }) => [...counters, ...histograms]));
    }
    tracker.follow([]);
    expect(told.length).toBeGreaterThan(10);
    expect(told.filter((number) => !Number.isFinite(number))).toEqual([]);
  });
});

describe('buckets', () => {
  it.each([
    ['that are strings', ['1', '5.0'] as never, '5.0', [0, 1, 1]],
    ['of which one is no number', [1, Number.NaN, 5], '5', [0, 1, 1]],
  ])('%s are reported as numbers, and given back', async (_what, buckets, last, counts) => {
    const registry = start();
    const took = new Histogram({ name: 'took', help: 'Took', buckets, registers: [registry] });
    took.observe(3);
    expect(await shown('took_bucket')).toEqual(
      ['1', '5', '+Inf'].map((le, i) => ({ labels: { le }, value: counts[i] })),
    );
    const before = await registry.metrics();
    expect(before).toContain(`took_bucket{le="${last}"} 1`);
    await child.reporter.stop();
    expect(child.errors).toEqual([]);
    expect(await registry.metrics()).toBe(before);
  });
});

describe('a metric that two followed registries have', () => {
  it.each(['first', 'second'])('stays in the aggregate when the %s loses it', async (which) => {
    const [first, second] = [start(), new Registry()];
    child.reporter.tracker.follow([first, second]);
    const registers = [first, second];
    const one = new Counter({ name: 'one_total', help: 'One', registers });
    const took = new Histogram({ name: 'took', help: 'Took', buckets: [1], registers });
    const left = which === 'first' ? first : second;
    one.inc(5);
    took.observe(3);
    await answer();
    left.removeSingleMetric('one_total');
    left.clear();
    one.inc(2);
    took.observe(3);
    expect(await shown('one_total')).toEqual([{ labels: {}, value: 7 }]);
    expect(await shown('took_sum')).toEqual([{ labels: {}, value: 6 }]);
    for (const registry of registers) {
      expect(await registry.metrics()).not.toContain('undefined');
      registry.clear();
    }
    expect(await shown('one_total')).toEqual([]);
  });

  it('keeps the labels that it was reported with when one of them drops it', async () => {
    const [first, second] = [start(), new Registry()];
    first.setDefaultLabels({ app: 'a' });
    second.setDefaultLabels({ app: 'b' });
    const other = linkChild({ role: 'worker', slot: '1' });
    other.registry.setDefaultLabels({ app: 'a' });
    new Counter({ name: 'one_total', help: 'One', registers: [other.registry] }).inc(1);
    await other.reporter.commit();
    child.reporter.tracker.follow([first, second]);
    const one = new Counter({ name: 'one_total', help: 'One', registers: [first, second] });
    one.inc(5);
    expect(await shown('one_total')).toEqual([{ labels: { app: 'a' }, value: 6 }]);
    first.clear();
    one.inc(2);
    expect(await shown('one_total')).toEqual([{ labels: { app: 'a' }, value: 8 }]);
    other.die();
    await other.reporter.stop();
  });

  it('keeps what a process that is gone counted when one of them loses it', async () => {
    const [first, second] = [start(), new Registry()];
    const gone = linkChild({ role: 'worker', slot: '1' }, new Registry());
    new Counter({ name: 'one_total', help: 'One', registers: [gone.registry] }).inc(3);
    await gone.reporter.commit();
    child.reporter.tracker.follow([first, second]);
    const one = new Counter({ name: 'one_total', help: 'One', registers: [first, second] });
    one.inc(5);
    await answer();
    gone.die();
    void gone.reporter.stop();
    first.clear();
    one.inc(2);
    expect(await shown('one_total')).toEqual([{ labels: {}, value: 10 }]);
  });
});

it('default labels of any type, set after a metric was reported, are on its series', async () => {
  const registry = start();
  new Counter({ name: 'one_total', help: 'One', registers: [registry] }).inc();
  expect(await shown('one_total')).toEqual([{ labels: {}, value: 1 }]);
  registry.setDefaultLabels({ app: undefined });
  expect(await registry.metrics()).toContain('one_total{app="undefined"} 1');
  expect(await shown('one_total')).toEqual([{ labels: { app: 'undefined' }, value: 1 }]);
  const own: Record<string, unknown> = { toString: () => 'own' };
  own['self'] = own;
  registry.setDefaultLabels({ app: own });
  expect(await shown('one_total')).toEqual([{ labels: { app: 'own' }, value: 1 }]);
});

describe('series that are printed as before under new default labels', () => {
  it.each([
    ['in another order', { r: '1', s: '2' }, { s: '2', r: '1' }],
    ['of another type', { r: '1' }, { r: 1 }],
    ['of a name that they have a label of', {}, { a: 'other' }],
  ])('are not counted once more: %s', async (_how, before, after) => {
    const registry = start();
    const other = linkChild({ role: 'worker', slot: '1' });
    for (const [one, amount] of [
      [registry, 5],
      [other.registry, 1],
    ] as const) {
      one.setDefaultLabels(before);
      new Counter({ name: 'one_total', help: 'One', labelNames: ['a'], registers: [one] }).inc({ a: 'x' }, amount);
    }
    await other.reporter.commit();
    expect(await shown('one_total')).toEqual([{ labels: { a: 'x', ...before }, value: 6 }]);
    registry.setDefaultLabels(after);
    expect(await shown('one_total')).toEqual([{ labels: { a: 'x', ...before }, value: 6 }]);
  });

  it('are not counted once more: with a label of an empty value', async () => {
    const registry = start();
    const other = linkChild({ role: 'worker', slot: '1' });
    for (const one of [registry, other.registry]) {
      new Counter({ name: 'one_total', help: 'One', registers: [one] }).inc(2);
    }
    await other.reporter.commit();
    expect(await shown('one_total')).toEqual([{ labels: {}, value: 4 }]);
    registry.setDefaultLabels({ app: '' });
    expect(await shown('one_total')).toEqual([{ labels: {}, value: 4 }]);
  });

  it('are told from those that leave the label out', async () => {
    const registry = start();
    const one = new Counter({ name: 'one_total', help: 'One', labelNames: ['a', 'b'], registers: [registry] });
    one.inc({ a: 'x', b: 'y' }, 2);
    one.inc({ b: 'y' }, 3);
    await answer();
    registry.setDefaultLabels({ a: 'default' });
    expect(await shown('one_total')).toEqual([
      { labels: { a: 'x', b: 'y' }, value: 2 },
      { labels: { a: 'default', b: 'y' }, value: 3 },
    ]);
  });
});

describe('a registry whose getMetricsAsJSON() is replaced by one of all metrics', () => {
  it('has `collect` functions run when it is first followed, and not at each look', async () => {
    const registry = new Registry();
    let runs = 0;
    new Gauge({ name: 'level', help: 'Level', registers: [registry], collect: () => void runs++ });
    registry.getMetricsAsJSON = registry.getMetricsAsJSON.bind(registry);
    const tracker = new ChangeTracker({ registries: [registry] });
    await tracker.ready();
    const before = runs;
    for (let looks = 0; looks < 3; looks++) await tracker.look();
    tracker.follow([]);
    expect(runs).toBe(before);
  });

  it('is reported although one of them never ends', async () => {
    const registry = new Registry();
    const collect = () => new Promise<void>(() => undefined);
    new Gauge({ name: 'level', help: 'Level', registers: [registry], collect });
    registry.getMetricsAsJSON = registry.getMetricsAsJSON.bind(registry);
    new Counter({ name: 'one_total', help: 'One', registers: [registry] }).inc(2);
    start(registry);
    expect(await child.reporter.commit({ withinMs: 4000 })).toBe(true);
    expect(primary.values('one_total')).toEqual([{ labels: {}, value: 2 }]);
  });
});

it('default labels that are changed where they lie are found within a heartbeat', async () => {
  const registry = start();
  const labels = { app: 'a' };
  registry.setDefaultLabels(labels);
  new Counter({ name: 'one_total', help: 'One', registers: [registry] }).inc();
  expect(await shown('one_total')).toEqual([{ labels: { app: 'a' }, value: 1 }]);
  for (const app of ['b', 'c']) {
    labels.app = app;
    await registry.metrics();
    await child.reporter.tracker.look();
    expect(await shown('one_total')).toEqual([{ labels: { app }, value: 1 }]);
  }
});

describe('default labels that JSON does not have', () => {
  const labels = { shard: 1n };

  it('are taken, and are on a metric when one of its registries loses it', async () => {
    const [first, second] = [start(), new Registry()];
    for (const registry of [first, second]) registry.setDefaultLabels(labels);
    child.reporter.tracker.follow([first, second]);
    const one = new Counter({ name: 'one_total', help: 'One', registers: [first, second] });
    one.inc(5);
    await child.reporter.tracker.look();
    first.removeSingleMetric('one_total');
    expect(await shown('one_total')).toEqual([{ labels: { shard: '1' }, value: 5 }]);
    expect(child.errors).toEqual([]);
  });

  it('are found when they were set before the registry was followed', async () => {
    const registry = new Registry();
    registry.setDefaultLabels(labels);
    start(registry);
    new Counter({ name: 'one_total', help: 'One', registers: [registry] }).inc(5);
    await child.reporter.tracker.look();
    expect(await shown('one_total')).toEqual([{ labels: { shard: '1' }, value: 5 }]);
    expect(child.errors).toEqual([]);
  });
});

it('exemplars are shown under new default labels, too', async () => {
  const registry = start();
  registry.setContentType(contentTypes.openmetrics as never);
  const config = { labelNames: [], enableExemplars: true, registers: [registry] };
  const one = new Counter({ name: 'one_total', help: 'One', ...config });
  const took = new Histogram({ name: 'took', help: 'Took', buckets: [1], ...config });
  one.inc({ labels: {}, value: 2, exemplarLabels: { trace: 'x' } });
  took.observe({ labels: {}, value: 3, exemplarLabels: { trace: 'y' } });
  await answer();
  registry.setDefaultLabels({ app: 'a' });
  await child.reporter.commit();
  const { samples } = await scrape(primary, 'openmetrics');
  const exemplars = samples.flatMap(({ name, exemplar }) => (exemplar ? [[name, exemplar.labels]] : []));
  expect(exemplars).toEqual([
    ['one_total', { trace: 'x' }],
    ['took_bucket', { trace: 'y' }],
  ]);
});

describe('methods that a program has put around ours', () => {
  it('see what the program does, and not the values that are given back', async () => {
    const registry = start();
    const registers = [registry];
    const counter = new Counter({ name: 'one_total', help: 'One', registers });
    const gauge = new Gauge({ name: 'level', help: 'Level', registers });
    const histogram = new Histogram({ name: 'took', help: 'Took', buckets: [1], registers });
    let calls = 0;
    for (const [metric, name] of [
      [counter, 'inc'],
      [gauge, 'set'],
      [histogram, 'observe'],
    ] as const) {
      const methods = metric as unknown as Record<string, (...args: unknown[]) => unknown>;
      const before = methods[name];
      methods[name] = (...args) => {
        calls += 1;
        return before?.apply(metric, args);
      };
    }
    counter.inc(2);
    gauge.set(3);
    histogram.observe(4);
    const before = await registry.metrics();
    await child.reporter.stop();
    expect(child.errors).toEqual([]);
    expect(calls).toBe(3);
    expect(await registry.metrics()).toBe(before);
    counter.inc(1);
    gauge.set(9);
    histogram.observe(5);
    const text = await registry.metrics();
    expect(text).toContain('one_total 3');
    expect(text).toContain('level 9');
    expect(text).toContain('took_sum 9');
  });
});

it('a counter of an OpenMetrics registry that has been printed keeps its name for the next reporter', async () => {
  const registry = new Registry();
  registry.setContentType(contentTypes.openmetrics as never);
  start(registry);
  const one = new Counter({ name: 'one_total', help: 'One', registers: [registry] });
  one.inc(2);
  await answer();
  await registry.metrics();
  await child.restart(() => undefined);
  one.inc(1);
  expect(await shown('one_total')).toEqual([{ labels: {}, value: 3 }]);
  expect(await shown('one')).toEqual([]);
});

describe('a counter that is reset', () => {
  it('is told with what it owes when its labels change in the same turn, and not at zero otherwise', async () => {
    const registry = start();
    const metrics = ['owing_total', 'idle_total'].map(
      (name) => new Counter({ name, help: 'Any', labelNames: ['a'], registers: [registry] }),
    );
    for (const metric of metrics) metric.inc({ a: 'x' }, 2);
    await answer();
    metrics[0]?.inc({ a: 'x' }, 7);
    for (const metric of metrics) metric.reset();
    registry.setDefaultLabels({ app: 'b' });
    expect(await shown('owing_total')).toEqual([{ labels: { a: 'x', app: 'b' }, value: 7 }]);
    expect(await shown('idle_total')).toEqual([]);
  });

  it('before it was ever reported is not the least of several', async () => {
    const registry = start();
    const other = linkChild({ role: 'worker', slot: '1' });
    const make = (registers: Registry[]) =>
      new Counter({ name: 'least', help: 'Least', labelNames: ['a'], aggregator: 'min', registers });
    make([other.registry]).inc({ a: 'x' }, 7);
    await other.reporter.commit();
    const own = make([registry]);
    own.inc({ a: 'x' }, 9);
    own.reset();
    expect(await shown('least')).toEqual([{ labels: { a: 'x' }, value: 7 }]);
  });
});

it('a histogram of more observations than can be given back counts all of them when it leaves', async () => {
  const registry = start();
  const other = linkChild({ role: 'worker', slot: '1' });
  const make = (registers: Registry[]) => new Histogram({ name: 'took', help: 'Took', buckets: [1], registers });
  make([other.registry]).observe(1);
  await other.reporter.commit();
  const took = make([registry]);
  for (let i = 0; i < 100_001; i++) took.observe(1);
  await answer();
  took.observe(1);
  registry.removeSingleMetric('took');
  expect(await shown('took_count')).toEqual([{ labels: {}, value: 100_003 }]);
});

describe('without onError', () => {
  it.each([
    ['an error', new Error('down'), 'Error: down'],
    ['an object without a prototype', Object.create(null), '[Object: null prototype] {}'],
  ])('the first failing collect function is a process warning: of %s', async (_what, thrown: unknown, words) => {
    start();
    const registry = new Registry();
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const tracker = new ChangeTracker({ registries: [registry] });
    const collect = () => Promise.reject(thrown);
    for (const name of ['a', 'b']) new Gauge({ name, help: 'Any', registers: [registry], collect });
    for (let scrapes = 0; scrapes < 2; scrapes++) await tracker.collect();
    tracker.follow([]);
    const { calls } = warn.mock;
    warn.mockRestore();
    expect(calls).toEqual([
      [expect.stringContaining(words), { type: 'ClusterMetricsWarning', code: 'COLLECT_FAILED' }],
    ]);
  });
});

it('an onError function may throw anything', () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const told = toErrorListener(() => {
    throw Object.create(null);
  });
  told(Object.create(null));
  const { calls } = warn.mock;
  warn.mockRestore();
  expect(calls).toEqual([
    [expect.stringContaining('null prototype'), { type: 'ClusterMetricsWarning', code: 'ON_ERROR_THREW' }],
  ]);
});

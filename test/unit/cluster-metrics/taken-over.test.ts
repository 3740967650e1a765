import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ChangeTracker } from '../../../src/cluster-metrics/index.js';
import {
  AggregatorRegistry,
  type AnyRegistry,
  Counter,
  Gauge,
  Histogram,
  importClient,
  Registry,
  type RegistryContentType,
  Summary,
} from '../../support/metrics-client.js';

/** The same program with and without a tracker: what its registry shows, and what it throws, is the same to the letter. */

const { OPENMETRICS_CONTENT_TYPE: openMetrics, PROMETHEUS_CONTENT_TYPE: text } = AggregatorRegistry;

type Program = (registers: [Registry]) => unknown;

let tracker: ChangeTracker | undefined;

afterEach(() => {
  tracker?.follow([]);
  tracker = undefined;
  jest.useRealTimers();
});

/** Whatever comes of it: values, texts of both formats, or the error. */
async function outcome(run: Program, contentType: RegistryContentType, when: 'never' | 'before' | 'after') {
  const registry: AnyRegistry = new Registry();
  registry.setContentType(contentType);
  registry.setDefaultLabels({ app: 'demo' });
  const errors: unknown[] = [];
  const follow = () => {
    tracker = new ChangeTracker({ registries: [registry], onError: (error) => errors.push(error) });
  };
  if (when === 'before') follow();
  let thrown: unknown;
  try {
    await run([registry as Registry]);
  } catch (error) {
    thrown = error;
  }
  if (when === 'after') follow();
  const singly = await Promise.all(
    registry.getMetricsAsArray().map(({ name }) => registry.getSingleMetricAsString(name)),
  );
  // prom-client has it, too, and documents it no more than its type does.
  const { getMetricsAsString } = registry as AnyRegistry & {
    getMetricsAsString(metric: object): Promise<string>;
  };
  const each = await Promise.all(
    registry.getMetricsAsArray().map((metric) => getMetricsAsString.call(registry, metric)),
  );
  const printed = await registry.metrics();
  const json = JSON.parse(JSON.stringify(await registry.getMetricsAsJSON())) as unknown;
  expect(errors).toEqual([]);
  return {
    thrown: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : thrown,
    singly,
    each,
    printed,
    json,
  };
}

const config = (registers: [Registry], labelNames: string[] = ['a', 'b']) => ({
  name: 'm',
  help: 'One',
  labelNames,
  registers,
});
const counter = (registers: [Registry]) => new Counter(config(registers));
const gauge = (registers: [Registry]) => new Gauge(config(registers));
const histogram = (registers: [Registry]) => new Histogram({ ...config(registers), buckets: [0.1, 1, 10] });
const loose = (value: unknown) => value as never;

const programs: [string, Program][] = [
  ['a counter without labels', (registers) => new Counter(config(registers, [])).inc(3)],
  ['a counter that nobody touched', (registers) => new Counter(config(registers, []))],
  ['inc() of one', (registers) => counter(registers).inc({ a: 'x', b: 'y' })],
  ['inc(0)', (registers) => counter(registers).inc({ a: 'x', b: 'y' }, 0)],
  ['inc(null)', (registers) => counter(registers).inc({ a: 'x', b: 'y' }, loose(null))],
  ['inc(NaN)', (registers) => counter(registers).inc({ a: 'x', b: 'y' }, Number.NaN)],
  ['inc(-1)', (registers) => counter(registers).inc({ a: 'x', b: 'y' }, -1)],
  ['inc(Infinity)', (registers) => counter(registers).inc({ a: 'x', b: 'y' }, Number.POSITIVE_INFINITY)],
  ['inc("3")', (registers) => counter(registers).inc({ a: 'x', b: 'y' }, loose('3'))],
  ['inc() with a label that it has not', (registers) => counter(registers).inc(loose({ a: 'x', c: 'z' }))],
  [
    'inc() with a label too many, after one too few',
    (registers) => {
      const one = counter(registers);
      one.inc({ a: 'x' });
      one.inc(loose({ a: 'x', c: 'z' }));
    },
  ],
  [
    'inc() without labels, with some and with all of them',
    (registers) => {
      const one = counter(registers);
      one.inc();
      one.inc({});
      one.inc({ a: 'x' });
      one.inc({ b: 'y' }, 2);
      one.inc({ a: 'x', b: '' }, 4);
    },
  ],
  [
    'numbers and strings as label values',
    (registers) => {
      const one = counter(registers);
      one.inc({ a: 200, b: 'y' });
      one.inc({ a: '200', b: 'y' }, 2);
    },
  ],
  ['counter.labels() with too few', (registers) => counter(registers).labels('x').inc()],
  ['counter.labels()', (registers) => counter(registers).labels('x', 'y').inc(5)],
  [
    'remove() and again',
    (registers) => {
      const one = counter(registers);
      for (const a of ['1', '2', '3']) one.inc({ a, b: 'y' }, Number(a));
      one.remove('2', 'y');
      one.remove({ a: '1', b: 'y' });
      one.inc({ a: '2', b: 'y' }, 7);
    },
  ],
  ['remove() with too few', (registers) => counter(registers).remove('x')],
  ['remove() of a label that it has not', (registers) => counter(registers).remove(loose({ c: 'x' }))],
  [
    'reset()',
    (registers) => {
      const one = counter(registers);
      one.inc({ a: 'x', b: 'y' });
      one.reset();
      one.inc({ a: 'z', b: 'y' });
      const other = new Counter({ ...config(registers, []), name: 'n' });
      other.inc(5);
      other.reset();
    },
  ],
  [
    'a gauge up and down',
    (registers) => {
      const one = gauge(registers);
      one.set({ a: 'x', b: 'y' }, 5);
      one.inc({ a: 'x', b: 'y' });
      one.dec({ a: 'x', b: 'y' }, 3);
      one.labels('p', 'q').set(Number.NaN);
      one.labels('r', 's').dec();
      one.set({ a: 'x' }, Number.POSITIVE_INFINITY);
    },
  ],
  ['set("5")', (registers) => gauge(registers).set({ a: 'x', b: 'y' }, loose('5'))],
  ['set() of nothing', (registers) => gauge(registers).set({ a: 'x', b: 'y' }, loose(undefined))],
  ['inc("5") of a gauge', (registers) => gauge(registers).inc({ a: 'x', b: 'y' }, loose('5'))],
  ['set() with a label that it has not', (registers) => gauge(registers).set(loose({ c: 'x' }), 5)],
  [
    'gauge.labels() with a label that it has not',
    (registers) =>
      gauge(registers)
        .labels(loose({ c: 'x' }))
        .set(5),
  ],
  [
    'a gauge without labels',
    (registers) => {
      const one = new Gauge(config(registers, []));
      one.set(12);
      one.reset();
      one.inc(2);
    },
  ],
  [
    'setToCurrentTime() and timers',
    (registers) => {
      jest.useFakeTimers({ now: 0 });
      gauge(registers).setToCurrentTime({ a: 'x', b: 'y' });
      const end = new Gauge({ ...config(registers), name: 'g' }).startTimer({ a: 'x' });
      const stop = new Histogram({ ...config(registers), name: 'h' }).labels('x', 'y').startTimer();
      jest.advanceTimersByTime(500);
      end({ b: 'z' });
      stop();
      jest.useRealTimers();
    },
  ],
  [
    'a histogram',
    (registers) => {
      const one = histogram(registers);
      for (const value of [0.1, 0.5, 1, 7, 100, -3]) one.observe({ a: 'x', b: 'y' }, value);
      one.labels('p', 'q').observe(0.25);
      one.observe({ a: 'x' }, 1);
      one.zero({ a: 'z', b: 'z' });
      one.zero({ a: 'p', b: 'q' });
      one.observe(loose(undefined), 3);
    },
  ],
  ['observe(NaN)', (registers) => histogram(registers).observe({ a: 'x', b: 'y' }, Number.NaN)],
  ['observe("3")', (registers) => histogram(registers).labels('x', 'y').observe(loose('3'))],
  ['observe() with a label that it has not', (registers) => histogram(registers).observe(loose({ c: 'x' }), 1)],
  ['histogram.labels() with too many', (registers) => histogram(registers).labels('x', 'y', 'z').observe(1)],
  [
    'a histogram without labels, reset',
    (registers) => {
      const one = new Histogram({ ...config(registers, []), buckets: [1] });
      one.observe(0.5);
      one.reset();
    },
  ],
  ['a histogram that nobody touched', (registers) => new Histogram({ ...config(registers, []), buckets: [1] })],
  [
    'a summary',
    (registers) => {
      const one = new Summary({ ...config(registers), percentiles: [0.5] });
      for (const value of [1, 2, 3]) one.observe({ a: 'x', b: 'y' }, value);
      one.labels('p', 'q').observe(4);
    },
  ],
  [
    'a metric with a collect function',
    (registers) => {
      new Gauge({
        ...config(registers),
        async collect() {
          await Promise.resolve();
          this.set({ a: 'x', b: 'y' }, 4);
        },
      });
    },
  ],
  [
    'metrics that leave',
    ([registry]) => {
      counter([registry]).inc({ a: 'x', b: 'y' });
      registry.removeSingleMetric('m');
      gauge([registry]).set({ a: 'x', b: 'y' }, 3);
      registry.clear();
      new Counter({ ...config([registry]), name: 'last' }).inc({ a: 'x', b: 'y' });
    },
  ],
  [
    'a name that is taken',
    (registers) => {
      counter(registers);
      gauge(registers);
    },
  ],
];

const exemplarPrograms: [string, Program][] = [
  [
    'exemplars',
    (registers) => {
      jest.useFakeTimers({ now: 1000, doNotFake: ['queueMicrotask', 'nextTick'] });
      const one = new Counter({ ...config(registers), enableExemplars: true });
      one.inc({ labels: { a: 'x', b: 'y' }, value: 2, exemplarLabels: { a: 't1' } });
      one.inc({ labels: { a: 'x', b: 'y' }, value: 3 });
      const other = new Histogram({ ...config(registers), name: 'h', buckets: [1, 2], enableExemplars: true });
      other.observe({ labels: { a: 'x', b: 'y' }, value: 1.5, exemplarLabels: { a: 't2' } });
      other.observe({ labels: { a: 'x', b: 'y' }, value: 9, exemplarLabels: { b: 't3' } });
      jest.useRealTimers();
    },
  ],
  [
    'a gauge that is given the option of exemplars, which it does not have',
    (registers) => {
      const options = { ...config(registers), enableExemplars: true };
      const one = new Gauge(options);
      one.set({ a: 'x', b: 'y' }, 5);
      one.inc({ a: 'x', b: 'y' }, 2);
      one.dec({ a: 'z', b: 'y' });
    },
  ],
];

describe.each([
  ['text', text, programs],
  ['OpenMetrics', openMetrics, [...programs, ...exemplarPrograms]],
] as const)('a program on a registry in the %s format', (_format, contentType, all) => {
  it.each(all.map(([name, run]) => [name, run] as const))('is as with the client alone: %s', async (_name, run) => {
    const without = await outcome(run, contentType, 'never');
    expect(await outcome(run, contentType, 'before')).toEqual(without);
    expect(await outcome(run, contentType, 'after')).toEqual(without);
  });
});

it('refuses an exemplar that is too long as the client alone does, and does not print what is left of it', async () => {
  const run: Program = (registers) => {
    const one = new Counter({ ...config(registers), enableExemplars: true });
    one.inc({ labels: { a: 'x', b: 'y' }, value: 2, exemplarLabels: { a: 't'.repeat(200) } });
  };
  const without = await outcome(run, openMetrics, 'never');
  const followed = await outcome(run, openMetrics, 'before');
  expect(followed.thrown).toBe(without.thrown);
  expect(without.printed).toContain(' 2 # {} +Inf undefined\n');
  expect(followed.printed).toBe(without.printed.replace(' # {} +Inf undefined', ''));
});

describe('a metric that is given back', () => {
  it.each(programs)('is as with the client alone, and stays so: %s', async (_name, run) => {
    const texts = await Promise.all(
      [false, true].map(async (follow) => {
        const registry = new Registry();
        const followed = new ChangeTracker({ registries: follow ? [registry] : [] });
        try {
          await run([registry]);
        } catch {
          // Compared above.
        }
        await followed.ready();
        followed.follow([]);
        for (const metric of registry.getMetricsAsArray()) {
          expect(Object.keys(metric)).not.toContain('get');
          if (metric instanceof Counter) metric.inc(2);
        }
        return registry.metrics();
      }),
    );
    expect(texts[1]).toBe(texts[0]);
  });
});

it('is as with the client alone from the first metric of a class on, of which nothing is known yet', async () => {
  const show = async (follow: boolean) => {
    let printed = '';
    await jest.isolateModulesAsync(async () => {
      const client = await importClient();
      const registry: AnyRegistry = new client.Registry();
      registry.setContentType(openMetrics);
      tracker = new ChangeTracker({ registries: follow ? [registry] : [] });
      const one = new client.Counter({ ...config([registry as Registry]), enableExemplars: true });
      one.inc({ labels: { a: 'x' } });
      one.inc({ labels: { a: 'x', b: '' }, value: 2 });
      one.inc({ labels: { a: 'y', b: 'z' } });
      one.inc({ labels: { a: 'y', b: 'z' }, value: 2, exemplarLabels: { a: 't1' } });
      printed = await registry.metrics();
      tracker.follow([]);
    });
    return printed.replaceAll(/ \d+(\.\d+)?$/gm, '');
  };
  expect(await show(true)).toBe(await show(false));
});

it('gives exemplars back', async () => {
  const show = async (follow: boolean) => {
    const registry: AnyRegistry = new Registry();
    registry.setContentType(openMetrics);
    const followed = new ChangeTracker({ registries: follow ? [registry] : [] });
    await exemplarPrograms[0]?.[1]([registry as Registry]);
    await followed.ready();
    followed.follow([]);
    return (await registry.metrics()).replaceAll(/ \d+(\.\d+)?$/gm, '');
  };
  expect(await show(true)).toBe(await show(false));
});

describe('a get() that fails once', () => {
  it('is told, and its metric is read again', async () => {
    const registry = new Registry();
    const one = new Counter({ name: 'one_total', help: 'One', registers: [registry] });
    const handle = one.labels({});
    let isBroken = true;
    const get = Counter.prototype.get;
    const failing = jest.spyOn(Counter.prototype, 'get').mockImplementation(function (this: Counter) {
      return isBroken ? Promise.reject(new Error('once')) : get.call(this);
    });
    const errors: unknown[] = [];
    tracker = new ChangeTracker({
      registries: [registry],
      onError: (error) => {
        errors.push(error);
        throw new Error('of the listener');
      },
    });
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await tracker.ready();
    isBroken = false;
    handle.inc(3);
    await tracker.look();
    await tracker.ready();
    expect(await registry.metrics()).toContain('one_total 3');
    expect(errors).toEqual([new Error('once')]);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
    failing.mockRestore();
  });
});

describe('a metric that is taken over', () => {
  const make: [string, (registers: [Registry]) => Counter | Gauge | Histogram][] = [
    ['a counter', (registers) => new Counter(config(registers, ['a']))],
    ['a gauge', (registers) => new Gauge(config(registers, ['a']))],
    ['a histogram', (registers) => new Histogram({ ...config(registers, ['a']), buckets: [1] })],
  ];

  it.each(make)('keeps the order of its label sets: %s', async (_kind, create) => {
    const printed = await Promise.all(
      [false, true].map(async (follow) => {
        const registry = new Registry();
        const one = create([registry]);
        const update = (a: string) => (one instanceof Histogram ? one.observe({ a }, 1) : one.inc({ a }, 1));
        for (const a of ['first', 'second']) update(a);
        const own = new ChangeTracker({ registries: follow ? [registry] : [] });
        for (const a of ['third', 'second', 'fourth']) update(a);
        await own.ready();
        const text = await registry.metrics();
        own.follow([]);
        return text;
      }),
    );
    expect(printed[1]).toBe(printed[0]);
  });

  it('does not come back at zero when it was removed', async () => {
    const registry = new Registry();
    const one = new Counter(config([registry], []));
    one.inc(2);
    tracker = new ChangeTracker({ registries: [registry] });
    await tracker.ready();
    one.remove();
    for (let look = 0; look < 3; look++) await tracker.look();
    expect(await registry.metrics()).not.toMatch(/^m /m);
  });

  it('shares no labels with another one', async () => {
    const registry = new Registry();
    const [one, other] = ['one', 'other'].map((name) => new Gauge({ name, help: 'Any', registers: [registry] }));
    tracker = new ChangeTracker({ registries: [registry] });
    one?.reset();
    other?.reset();
    await tracker.ready();
    const [first] = (await one?.get())?.values ?? [];
    const labels = first?.labels ?? {};
    Object.assign(labels, { added: 'x' });
    expect((await other?.get())?.values).toEqual([{ value: 0, labels: {} }]);
    Reflect.deleteProperty(labels, 'added');
  });
});

describe('what is reset or removed while its class is being read', () => {
  const kinds: [string, (registers: [Registry], labelNames: string[]) => Counter | Gauge | Histogram][] = [
    ['a counter', (registers, labelNames) => new Counter(config(registers, labelNames))],
    ['a gauge', (registers, labelNames) => new Gauge(config(registers, labelNames))],
    ['a histogram', (registers, labelNames) => new Histogram({ ...config(registers, labelNames), buckets: [4] })],
  ];
  const update = (one: Counter | Gauge | Histogram, labels: object, amount: number): void => {
    if (one instanceof Histogram) one.observe(labels, amount);
    else one.inc(labels, amount);
  };
  const later: [string, (one: Counter | Gauge | Histogram, labels: object) => void][] = [
    ['reset', (one) => one.reset()],
    [
      'reset and set anew',
      (one, labels) => {
        one.reset();
        update(one, labels, 3);
      },
    ],
    ['removed', (one, labels) => one.remove(labels as never)],
    [
      'removed and set anew',
      (one, labels) => {
        one.remove(labels as never);
        update(one, labels, 3);
      },
    ],
  ];
  const zero = (one: Counter | Gauge | Histogram, labels: object) => (one as Histogram).zero(labels);
  const cases = kinds.flatMap(([kind, make]) =>
    [...later, ...(kind === 'a histogram' ? [['at zero', zero] as const] : [])].flatMap(([what, change]) =>
      [{ a: 'x', b: 'y' }, {}].map((labels) => ({ kind, make, what, change, labels })),
    ),
  );

  it.each(cases)('is as with the client alone: $kind $what, $labels', async ({ make, change, labels }) => {
    const printed = await Promise.all(
      [false, true].map(async (follow) => {
        const registry = new Registry();
        const one = make([registry], Object.keys(labels));
        update(one, labels, 5);
        const own = new ChangeTracker({ registries: follow ? [registry] : [] });
        change(one, labels);
        await own.ready();
        const text = await registry.metrics();
        own.follow([]);
        return text;
      }),
    );
    expect(printed[1]).toBe(printed[0]);
  });

  it('stays in the aggregate as far as it was counted', async () => {
    const registry = new Registry();
    const one = new Counter({ name: 'one_total', help: 'One', registers: [registry] });
    const took = new Histogram({ name: 'took', help: 'Took', buckets: [1], registers: [registry] });
    one.inc(5);
    took.observe(0.5);
    tracker = new ChangeTracker({ registries: [registry] });
    one.reset();
    one.inc(3);
    took.reset();
    took.observe(2);
    await tracker.ready();
    const changes = tracker.take().at(-1);
    expect(changes?.counters?.[1]).toBe(8);
    expect(changes?.histograms?.slice(1)).toEqual([2.5, 2, 1, 0, 1]);
  });

  it('stays in the aggregate when it is set to zero', async () => {
    const registry = new Registry();
    const took = new Histogram({ ...config([registry], ['a']), buckets: [1] });
    took.observe({ a: 'x' }, 0.5);
    tracker = new ChangeTracker({ registries: [registry] });
    took.zero({ a: 'x' });
    took.observe({ a: 'x' }, 2);
    await tracker.ready();
    expect(tracker.take().at(-1)?.histograms?.slice(1)).toEqual([2.5, 2, 1, 0, 1]);
  });

  it('does not come back when it is removed and then set to zero', async () => {
    const registry = new Registry();
    const took = new Histogram({ ...config([registry], ['a']), buckets: [1] });
    took.observe({ a: 'x' }, 4);
    tracker = new ChangeTracker({ registries: [registry] });
    took.remove({ a: 'x' });
    took.zero({ a: 'x' });
    took.observe({ a: 'x' }, 0.5);
    await tracker.ready();
    expect(tracker.take().at(-1)?.histograms?.slice(1)).toEqual([0.5, 1, 1, 0, 1]);
  });

  it('a gauge keeps what it was set to when two scrapes read it at once', async () => {
    const registry = new Registry();
    const one = new Gauge(config([registry], ['a']));
    one.set({ a: 'x' }, 5);
    tracker = new ChangeTracker({ registries: [registry] });
    await tracker.ready();
    one.set({ a: 'x' }, 7);
    await Promise.all([registry.metrics(), registry.metrics()]);
    tracker.follow([]);
    expect(await registry.metrics()).toContain('m{a="x"} 7');
  });
});

it('readings that are asked for at once share one', async () => {
  const registry = new Registry();
  const one = new Counter(config([registry], []));
  const get = jest.spyOn(Counter.prototype, 'get');
  tracker = new ChangeTracker({ registries: [registry] });
  await tracker.ready();
  get.mockClear();
  await Promise.all(Array.from({ length: 100 }, () => one.get()));
  const reads = get.mock.calls.length;
  tracker.follow([]);
  get.mockRestore();
  expect(reads).toBe(2);
});

it('a gauge that is set while it is read for the first time shows what it was set to', async () => {
  const registry = new Registry();
  const one = new Gauge(config([registry], []));
  one.set(1);
  tracker = new ChangeTracker({ registries: [registry] });
  let value = 1;
  const setAgain = () => {
    one.set(++value);
    if (value < 50) queueMicrotask(setAgain);
  };
  setAgain();
  expect(await registry.metrics()).toMatch(/\nm \d+\n/);
  expect(await registry.metrics()).toMatch(/\nm 50\n/);
});

describe('a label set that leaves', () => {
  const kinds = {
    counter: (registry: Registry) => {
      const one = new Counter({ name: 'one_total', help: 'One', labelNames: ['a'], registers: [registry] });
      one.inc({ a: 'x' }, 5);
      return one;
    },
    gauge: (registry: Registry) => {
      const one = new Gauge({ name: 'one', help: 'One', labelNames: ['a'], registers: [registry] });
      one.set({ a: 'x' }, 5);
      return one;
    },
    histogram: (registry: Registry) => {
      const one = new Histogram({ name: 'one', help: 'One', labelNames: ['a'], buckets: [1], registers: [registry] });
      one.observe({ a: 'x' }, 5);
      return one;
    },
    summary: (registry: Registry) => {
      const one = new Summary({
        name: 'one',
        help: 'One',
        labelNames: ['a'],
        percentiles: [0.5],
        registers: [registry],
      });
      one.observe({ a: 'x' }, 5);
      return one;
    },
  };
  const leaving = {
    removed: (one: { remove(labels: object): void }) => one.remove({ a: 'x' }),
    reset: (one: { reset(): void }) => one.reset(),
  };

  it.each(
    Object.keys(kinds).flatMap((kind) => Object.keys(leaving).map((how) => [kind, how])) as [
      keyof typeof kinds,
      keyof typeof leaving,
    ][],
  )('is told once: of a %s that is %s', async (kind, how) => {
    const registry = new Registry();
    tracker = new ChangeTracker({ registries: [registry] });
    const one = kinds[kind](registry);
    await tracker.look();
    await tracker.collect();
    expect(tracker.take().flatMap(({ series = [] }) => series)).toHaveLength(1);
    leaving[how](one);
    const told = [];
    // A reset leaves after some looks, as it may come back with the same value.
    for (let look = 0; look < 5; look++) {
      await tracker.look();
      await tracker.collect();
      told.push(...tracker.take());
    }
    // A summary keeps its label sets in a reset.
    expect(told).toEqual(kind === 'summary' && how === 'reset' ? [] : [{ removed: [expect.any(Number)] }]);
    expect(tracker.waiting).toBe(0);
  });
});

it('a label set that continues a former reporter’s counts anew when it was removed', async () => {
  const registry = new Registry();
  const one = new Counter({ name: 'one_total', help: 'One', labelNames: ['a'], registers: [registry] });
  const primary = {};
  const former = new ChangeTracker({ registries: [registry] });
  former.continueOn(primary);
  one.inc({ a: 'x' }, 100);
  await former.ready();
  former.take();
  former.leave(primary);
  tracker = new ChangeTracker({ registries: [registry] });
  await tracker.look();
  tracker.continueOn(primary);
  one.remove({ a: 'x' });
  one.inc({ a: 'x' }, 150);
  await tracker.look();
  const counters = tracker.take().flatMap(({ counters: told = [] }) => told);
  expect(counters).toEqual([expect.any(Number), 150]);
});

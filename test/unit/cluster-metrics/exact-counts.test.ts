import { it } from '@jest/globals';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChangeTracker, startReporter } from '../../../src/cluster-metrics/index.js';
import { clusterChannel } from '../../support/cluster-link.js';
import { ClusterRegistry, Counter, Histogram, Registry } from '../../support/metrics-client.js';

/**
 * Two children hold the same series. What one of them does is drawn; the other stands still, so that no series ever leaves the
 * aggregate. The right totals are computed from the operations alone.
 */

const values = ['x', 'y'] as const;
type Value = (typeof values)[number];
type Metric = 'counter' | 'histogram';

type Operation =
  | { readonly does: 'up'; readonly metric: Metric; readonly value: Value | undefined; readonly amount: number }
  | { readonly does: 'reset'; readonly metric: Metric; readonly isLabelled: boolean }
  | { readonly does: 'remove'; readonly metric: Metric; readonly value: Value }
  | { readonly does: 'zero'; readonly value: Value | undefined }
  | { readonly does: 'look' };

/** All operations of a turn are done before anything of it is reported. */
interface Turn {
  /** Before it; `tracked`: the next reporter starts a turn after its tracker has read the registry. */
  readonly restart: 'none' | 'at once' | 'tracked';
  readonly operations: readonly Operation[];
}

const metric = fc.constantFrom<Metric>('counter', 'histogram');
const value = fc.constantFrom(...values);
const anyValue = fc.constantFrom(undefined, ...values);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant('up'), metric, value: anyValue, amount: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('reset'), metric, isLabelled: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('remove'), metric, value }) },
  fc.record({ does: fc.constant('zero'), value: anyValue }),
  fc.record({ does: fc.constant('look') }),
);
const turn: fc.Arbitrary<Turn> = fc.record({
  restart: fc.constantFrom('none', 'none', 'at once', 'tracked'),
  operations: fc.array(operation, { maxLength: 5 }),
});

let lastId = 1_000_000;

class Child {
  readonly registry = new Registry();
  readonly #base = { help: 'X', registers: [this.registry] };
  readonly counters = {
    labelled: new Counter({ ...this.#base, name: 'l_total', labelNames: ['a'] }),
    plain: new Counter({ ...this.#base, name: 'p_total' }),
  };
  readonly histograms = {
    labelled: new Histogram({ ...this.#base, name: 'l', labelNames: ['a'], buckets: [1, 2] }),
    plain: new Histogram({ ...this.#base, name: 'p', buckets: [1, 2] }),
  };
  readonly #channel = clusterChannel(++lastId);
  reporter = this.#start(this.#track());

  #track(): ChangeTracker {
    return new ChangeTracker({ registries: [this.registry] });
  }

  #start(tracker: ChangeTracker) {
    return startReporter({ tracker, channel: this.#channel, heartbeatMs: 3_600_000 });
  }

  async restart(how: 'at once' | 'tracked'): Promise<void> {
    await this.reporter.stop();
    const tracker = this.#track();
    if (how === 'tracked') await nextTurn();
    this.reporter = this.#start(tracker);
  }

  up(of: Metric, at: Value | undefined, amount: number): void {
    const { counters, histograms } = this;
    const isCounter = of === 'counter';
    if (at === undefined) return isCounter ? counters.plain.inc(amount) : histograms.plain.observe(amount);
    return isCounter ? counters.labelled.inc({ a: at }, amount) : histograms.labelled.observe({ a: at }, amount);
  }

  do(one: Operation): void {
    const { counters, histograms } = this;
    switch (one.does) {
      case 'up':
        return this.up(one.metric, one.value, one.amount);
      case 'reset':
        return (one.metric === 'counter' ? counters : histograms)[one.isLabelled ? 'labelled' : 'plain'].reset();
      case 'remove':
        return (one.metric === 'counter' ? counters : histograms).labelled.remove({ a: one.value });
      case 'zero':
        return one.value === undefined ? histograms.plain.zero({}) : histograms.labelled.zero({ a: one.value });
      case 'look':
        // Not waited for: what follows happens while the classes are being read.
        void this.reporter.tracker.look();
    }
  }
}

/** What one label set of a counter stands at, what of that counts, and what it stood at before a reset. */
class ExpectedCounter {
  value = 0;
  counted = 0;
  former = 0;
  #base = 0;
  #looks = 2;

  constructor(readonly isLabelled: boolean) {}

  /** The same total as before a reset, or more, has grown by the difference. */
  report(): void {
    if (this.value === 0) return;
    if (this.former > 0) this.#base = this.value < this.former ? 0 : this.former;
    this.counted += this.value - this.#base;
    this.#base = this.value;
    this.former = 0;
  }

  zero(former: number): void {
    this.value = this.#base = 0;
    this.former = former;
    this.#looks = 2;
  }

  reset(): void {
    this.report();
    this.zero(this.value || this.former);
  }

  remove(): void {
    this.report();
    this.zero(0);
  }

  /** Without labels it is shown at once, and waits for as long as it takes. */
  look(): void {
    if (this.isLabelled && this.value === 0 && this.#looks-- === 0) this.former = 0;
  }

  /** A label set that was reset is nowhere then. */
  restart(): void {
    this.report();
    if (this.isLabelled && this.value === 0) this.former = 0;
  }
}

class Expected {
  readonly counters = new Map([undefined, ...values].map((one) => [one, new ExpectedCounter(one !== undefined)]));
  /** All that was ever observed. */
  readonly observed = new Map<Value | undefined, number[]>([undefined, ...values].map((one) => [one, []]));

  /**
   * Of the turn in which a reporter starts: looks, as it is reading all classes anyway; and the reset of a counter that was reset
   * before and not reported since. What it stood at before the first is known only after the turn, so that what was counted
   * between the two is taken for new.
   */
  isLeftOutAtStart(one: Operation): boolean {
    if (one.does !== 'reset' || one.metric !== 'counter') return one.does === 'look';
    return [...this.counters.values()].some(({ isLabelled, former }) => isLabelled === one.isLabelled && former > 0);
  }

  do(one: Operation): void {
    const counters = [...this.counters.values()];
    if (one.does === 'look') for (const counter of counters) counter.look();
    if (one.does === 'up' && one.metric === 'histogram') this.observed.get(one.value)?.push(one.amount);
    if (!('metric' in one) || one.metric === 'histogram') return;
    if (one.does === 'reset')
      for (const counter of counters) if (counter.isLabelled === one.isLabelled) counter.reset();
    const counter = one.does === 'reset' ? undefined : this.counters.get(one.value);
    if (one.does === 'remove') counter?.remove();
    else if (one.does === 'up' && counter !== undefined) counter.value += one.amount;
  }
}

async function totalsAfter(turns: readonly Turn[]): Promise<void> {
  const primary = new ClusterRegistry({ registries: [] });
  const [still, child] = [new Child(), new Child()];
  const expected = new Expected();
  try {
    for (const one of [undefined, ...values])
      for (const kind of ['counter', 'histogram'] as const) still.up(kind, one, 1);
    await still.reporter.commit();
    for (const { restart, operations } of turns) {
      if (restart !== 'none') {
        await child.restart(restart);
        for (const counter of expected.counters.values()) counter.restart();
      }
      for (const one of operations) {
        if (restart !== 'none' && expected.isLeftOutAtStart(one)) continue;
        child.do(one);
        expected.do(one);
      }
      await child.reporter.commit();
      for (const counter of expected.counters.values()) counter.report();
      await compare(primary, child, expected);
    }
  } finally {
    await Promise.all([still, child].map(({ reporter }) => reporter.stop()));
    primary.close();
  }
}

async function compare(primary: ClusterRegistry, child: Child, expected: Expected): Promise<void> {
  for (const [at, counter] of expected.counters) {
    const isMeant = ({ labels }: { readonly labels: object }) => ('a' in labels ? labels.a : undefined) === at;
    const kind = at === undefined ? 'plain' : 'labelled';
    const [name, histogram] = at === undefined ? ['p_total', 'p'] : ['l_total', 'l'];
    const shown = (await child.counters[kind].get()).values.find(isMeant);
    assert.equal(shown?.value ?? 0, counter.value, `the registry's ${name} of ${at}`);
    assert.equal(primary.values(name).find(isMeant)?.value, 1 + counter.counted, `${name} of ${at}`);
    const { sum, count, buckets } = primary.distributions(histogram).find(isMeant) ?? {};
    const all = [1, ...(expected.observed.get(at) ?? [])];
    const inBuckets = [1, 2].map((bound) => all.filter((one) => one === bound).length);
    assert.deepEqual(
      { sum, count, buckets },
      { sum: all.reduce((a, b) => a + b), count: all.length, buckets: inBuckets },
    );
  }
}

it('counts each increment and observation once, whatever a child resets, removes or restarts', async () => {
  const turns = fc.array(turn, { minLength: 1, maxLength: 8 });
  await fc.assert(fc.asyncProperty(turns, totalsAfter), { seed: 1, numRuns: 300 });
});

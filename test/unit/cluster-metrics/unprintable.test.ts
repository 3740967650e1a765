import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import cluster from 'node:cluster';
import { protocolVersion } from '../../../src/cluster-metrics/wire/protocol.js';
import { createPrimary, scrape } from '../../support/cluster-link.js';
import { type Exposition, valueOf } from '../../support/exposition.js';
import type { ClusterRegistry } from '../../support/metrics-client.js';

/** A child that says what no scraper could read, by a defect or on purpose: it must not spoil the answer for the others. */

let primary: ClusterRegistry;
let drops: string[];
let nextId = 500_000;
let ids: number[];

beforeEach(() => {
  drops = [];
  ids = [];
  primary = createPrimary({ onDrop: (reason, metric) => drops.push(`${reason} ${metric}`) });
});

afterEach(() => {
  for (const id of ids) cluster.emit('disconnect', { id });
});

/** @returns sends one frame */
function startChild(identity: object = {}): (changes: object) => void {
  const id = nextId++;
  ids.push(id);
  const say = (message: object) => cluster.emit('message', { id, isConnected: () => false }, message);
  say({ type: 'cluster-metrics:hello', version: protocolVersion, identity });
  return (changes) => say({ type: 'cluster-metrics:frame', sections: [{ changes }] });
}

const metric = (id: number, name: string, more: object = {}) => {
  return { id, name, help: 'X', type: 'counter', labelNames: [], merge: 'sum', retention: 'cumulative', ...more };
};
const perChild = { type: 'gauge', merge: 'per-child', retention: 'live' };
const ratio = { type: 'gauge', merge: 'ratio', windowSeconds: 60, scale: 1 };

/** Both formats, which the parser of the tests refuses as a scraper does. */
async function answers(): Promise<Exposition[]> {
  return [await scrape(primary), await scrape(primary, 'openmetrics')];
}

describe('the labels of an identity', () => {
  it.each([
    ['a name that is none', { 'worker-id': '3' }],
    ['a second name of the metric', { __name__: 'evil' }],
    ['a value that has no UTF-8 form', { slot: '\uD800' }],
  ])('keep a per-child gauge out of the answer: %s', async (_what, identity) => {
    const tell = startChild(identity);
    tell({
      metrics: [metric(0, 'load', perChild), metric(1, 'good_total')],
      series: [
        [0, 0, []],
        [1, 1, []],
      ],
    });
    tell({ gauges: [0, 5], counters: [1, 2] });
    for (const answer of await answers()) {
      expect(answer.types.has('load')).toBe(false);
      expect(valueOf(answer, 'good_total')).toBe(2);
    }
    expect(drops).toContain('protocol "load"');
  });

  it('may not be that of a bucket', async () => {
    startChild({ le: '7' })({ metrics: [metric(0, 'size', { ...perChild, type: 'histogram', buckets: [1] })] });
    for (const answer of await answers()) expect(answer.types.has('size')).toBe(false);
    expect(drops).toEqual(['protocol "size"']);
  });
});

describe('a metric', () => {
  it.each([
    ['with a bucket twice', { type: 'histogram', buckets: [1, 1, 2] }],
    ['with buckets that do not ascend', { type: 'histogram', buckets: [2, 1] }],
    ['with a bucket that is no number', { type: 'histogram', buckets: [1, Number.NaN] }],
    ['with a ratio for a counter', { merge: 'ratio' }],
  ])('%s is left out', async (_what, more) => {
    startChild()({ metrics: [metric(0, 'odd', more)], series: [[0, 0, []]], ratios: [0, 1, 2] });
    for (const answer of await answers()) expect([...answer.types.keys()].some((name) => name === 'odd')).toBe(false);
    expect(drops).toEqual(['protocol "odd"']);
  });

  it('whose label values have no UTF-8 form has no series of them', async () => {
    startChild()({
      metrics: [metric(0, 'x_total', { labelNames: ['a'] })],
      series: [
        [0, 0, ['\uD800']],
        [1, 0, ['\uD801']],
        [2, 0, ['ok']],
      ],
      counters: [0, 1, 1, 2, 2, 3],
    });
    for (const answer of await answers()) {
      expect(answer.samples.filter(({ name }) => name === 'x_total').map(({ value }) => value)).toEqual([3]);
    }
    expect(drops).toEqual(['invalid_label_value x_total']);
    expect(valueOf(await scrape(primary), 'cluster_series_dropped_total', { reason: 'invalid_label_value' })).toBe(2);
  });
});

it('a ratio counts trials that are numbers, and none that is not', async () => {
  startChild()({
    metrics: [metric(0, 'ok_ratio', ratio)],
    series: [[0, 0, []]],
    ratios: [0, 'x', 2, 0, -5, -5, 0, null, null, 0, 1, 2],
  });
  for (const answer of await answers()) expect(valueOf(answer, 'ok_ratio')).toBe(0.5);
});

it('two processes that disagree about a ratio’s scale or window are not mixed', async () => {
  const [first, second, third] = [startChild(), startChild(), startChild()];
  const tell = (child: typeof first, more: object) =>
    child({ metrics: [metric(0, 'ok_ratio', { ...ratio, ...more })], series: [[0, 0, []]], ratios: [0, 1, 2] });
  tell(first, {});
  tell(second, { scale: 100 });
  tell(third, { windowSeconds: 600 });
  for (const answer of await answers()) expect(valueOf(answer, 'ok_ratio')).toBe(0.5);
  expect(drops).toEqual(['conflicting_definition ok_ratio']);
  expect(valueOf(await scrape(primary), 'cluster_series_dropped_total', { reason: 'conflicting_definition' })).toBe(2);
});

it('an unknown drop reason is counted as protocol', async () => {
  startChild()({ dropped: [['made up', 'x_total', 'it is odd']] });
  const [, answer] = await answers();
  const reasons = answer?.samples.filter(({ name }) => name === 'cluster_series_dropped_total');
  expect(reasons?.some(({ labels }) => labels['reason'] === 'made up')).toBe(false);
  expect(drops).toEqual(['protocol x_total']);
});

it('a change that is not a list is refused', async () => {
  const tell = startChild();
  tell({ metrics: [metric(0, 'x_total')], series: [[0, 0, []]] });
  // Its numbers would take minutes.
  tell({ counters: { length: 1e12 } });
  tell({ counters: [0, 1] });
  expect(valueOf(await scrape(primary), 'x_total')).toBe(1);
  expect(drops).toHaveLength(1);
});

it('a help text that a reload has changed is shown', async () => {
  const old = startChild();
  old({ metrics: [metric(0, 'x_total', { help: 'Old' })], series: [[0, 0, []]], counters: [0, 1] });
  for (const { help } of await answers()) expect(help.get('x_total') ?? help.get('x')).toBe('Old');
  startChild()({ metrics: [metric(0, 'x_total', { help: 'New' })], series: [[0, 0, []]], counters: [0, 1] });
  for (const answer of await answers()) {
    expect(answer.help.get('x_total') ?? answer.help.get('x')).toBe('New');
    expect(valueOf(answer, 'x_total')).toBe(2);
  }
  expect(drops).toEqual([]);
});

it('any characters of help texts and label values come out as they went in', async () => {
  const text = 'a\nb\\n"q"\r\0,}={\u2028\t#';
  startChild()({
    metrics: [metric(0, 'x_total', { help: text, labelNames: ['constructor', '__proto__'] })],
    series: [[0, 0, [text, 'p']]],
    counters: [0, 1],
  });
  const [plain, openMetrics] = await answers();
  expect(plain?.help.get('x_total')).toBe(text.replace('\\', '\\\\').replace('\n', '\\n'));
  expect(openMetrics?.help.get('x')).toBe(text.replace('\\', '\\\\').replace('\n', '\\n').replaceAll('"', '\\"'));
  for (const answer of [plain, openMetrics]) {
    const labels = answer?.samples.find(({ name }) => name === 'x_total')?.labels ?? {};
    expect(Object.entries(labels)).toEqual([
      ['constructor', text],
      ['__proto__', 'p'],
    ]);
  }
});

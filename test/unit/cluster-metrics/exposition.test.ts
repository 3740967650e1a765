import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createPrimary, type LinkedChild, linkChild, scrape } from '../../support/cluster-link.js';
import { type ClusterRegistry, Counter, Gauge, Histogram } from '../../support/metrics-client.js';

/** Whatever is in a label value comes out as it went in, or is refused; two label sets are never one series. */

let primary: ClusterRegistry;
let child: LinkedChild;

beforeEach(() => {
  primary = createPrimary();
  child = linkChild({ role: 'worker', slot: '0' });
});

/** Strings with a liking for what is special to prom-client, to the text formats and to us. */
const labelValue = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc
    .array(
      fc.constantFrom(
        ',',
        ':',
        'a:',
        ',b:',
        '"',
        '\\',
        '\n',
        '\\n',
        '{',
        '}',
        '\u{E02C}',
        '\u{E02C}1',
        'x',
        ' ',
        'é',
        '🎫',
      ),
      {
        maxLength: 6,
      },
    )
    .map((parts) => parts.join('')),
);
const labelPair = fc.tuple(labelValue, labelValue);

async function sawn(name: string): Promise<Map<string, number>> {
  const answer = await scrape(primary, 'openmetrics');
  expect(answer.ended).toBe(true);
  const text = await scrape(primary);
  const read = (samples: typeof text.samples) =>
    new Map(
      samples
        .filter((sample) => sample.name === name)
        .map(({ labels, value }) => [JSON.stringify([labels['a'] ?? '', labels['b'] ?? '']), value]),
    );
  expect(read(answer.samples)).toEqual(read(text.samples));
  return read(text.samples);
}

type Update = (labels: { a: string; b: string }) => unknown;

const config = (name: string) => ({ name, help: 'Seen', labelNames: ['a', 'b'] as const, registers: [child.registry] });
const counter = () => new Counter(config('seen_total'));
const gauge = () => new Gauge(config('seen'));
const histogram = () => new Histogram(config('seen_seconds'));

/** Ways of updating a label set, and the sample that counts the updates. */
const kinds: [string, string, () => Update][] = [
  [
    'Counter.inc',
    'seen_total',
    (one = counter()) =>
      (labels) =>
        one.inc(labels),
  ],
  [
    'Counter.labels',
    'seen_total',
    (one = counter()) =>
      ({ a, b }) =>
        one.labels(a, b).inc(),
  ],
  [
    'Gauge.inc',
    'seen',
    (one = gauge()) =>
      (labels) =>
        one.inc(labels),
  ],
  [
    'Histogram.observe',
    'seen_seconds_count',
    (one = histogram()) =>
      (labels) =>
        one.observe(labels, 1),
  ],
  [
    'Histogram.labels',
    'seen_seconds_count',
    (one = histogram()) =>
      ({ a, b }) =>
        one.labels(a, b).observe(1),
  ],
  [
    'Histogram.labels().startTimer',
    'seen_seconds_count',
    (one = histogram()) =>
      ({ a, b }) =>
        one.labels(a, b).startTimer()(),
  ],
];

describe.each(kinds)('%s', (_kind, sample, make) => {
  it('keeps every label set apart and as it was given', async () => {
    const update = make();
    await child.reporter.commit();
    const expected = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(labelPair, { minLength: 1, maxLength: 8 }), async (pairs) => {
        for (const [a, b] of pairs) {
          update({ a, b });
          // A lone surrogate has no UTF-8 form.
          const key = JSON.stringify([a.toWellFormed(), b.toWellFormed()]);
          expected.set(key, (expected.get(key) ?? 0) + 1);
        }
        await child.reporter.commit();
        expect(await sawn(sample)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});

it('removes the label set that was meant', async () => {
  const gauge = new Gauge({ name: 'seen', help: 'Seen', labelNames: ['a', 'b'], registers: [child.registry] });
  await child.reporter.commit();
  gauge.set({ a: 'x,b:y', b: 'z' }, 1);
  gauge.set({ a: 'x', b: 'y,b:z' }, 2);
  await child.reporter.commit();
  gauge.remove({ a: 'x,b:y', b: 'z' });
  await child.reporter.commit();
  expect(await sawn('seen')).toEqual(new Map([[JSON.stringify(['x', 'y,b:z']), 2]]));
  expect(await child.registry.metrics()).toContain('seen{a="x",b="y,b:z"} 2');
});

it('prints numbers as they are, however their digits grow and shrink', async () => {
  const gauge = new Gauge({ name: 'level', help: 'Level', labelNames: ['n'], registers: [child.registry] });
  const number = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.constantFrom(0, -0, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 1e15, 1e21, 1e-7),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 150 }), number), { maxLength: 30 }),
      async (updates) => {
        for (const [n, value] of updates) gauge.set({ n: String(n) }, value);
        await child.reporter.commit();
        const answer = await scrape(primary);
        for (const [n, value] of new Map(updates)) {
          const printed = answer.samples.find(({ name, labels }) => name === 'level' && labels['n'] === String(n));
          expect(printed?.value).toEqual(Object.is(value, -0) ? 0 : value);
        }
      },
    ),
    { numRuns: 60 },
  );
});

describe('OpenMetrics', () => {
  it('names counters and their families as it demands', async () => {
    const registers = [child.registry];
    new Counter({ name: 'with_total', help: 'With "quotes"\nand \\', registers }).inc(2);
    new Counter({ name: 'without', help: 'Without', registers }).inc(3);
    new Gauge({ name: 'clash', help: 'Clash', registers }).set(1);
    new Counter({ name: 'clash_total', help: 'Clash', registers }).inc(4);
    await child.reporter.commit();
    const { samples, types, help } = await scrape(primary, 'openmetrics');
    const value = (name: string) => samples.find((sample) => sample.name === name)?.value;
    expect(types.get('with')).toBe('counter');
    expect(help.get('with')).toBe('With \\"quotes\\"\\nand \\\\');
    expect(value('with_total')).toBe(2);
    expect(value('with_created')).toBeCloseTo(Date.now() / 1000, -1);
    expect(types.get('without')).toBe('counter');
    expect(value('without_total')).toBe(3);
    expect(types.get('clash')).toBe('gauge');
    expect(types.get('clash_total')).toBe('unknown');
    expect(value('clash_total')).toBe(4);
  });
});

import { describe, expect, it } from '@jest/globals';
import { parseExposition } from '../../../src/cli/exposition-parser.js';
import { quantile, readMetrics } from '../../../src/cli/metric-reading.js';
import { metricTable } from '../../../src/cli/metric-table.js';
import { coloured, plain } from '../../../src/cli/terminal.js';

function scrape(counter: number, buckets: readonly [number, number], sum: number, gauge: number) {
  const [low, all] = buckets;
  return parseExposition(
    [
      '# HELP c_total Events',
      '# TYPE c_total counter',
      `c_total{tenant_id="acme"} ${counter}`,
      '# HELP h_seconds How long',
      '# TYPE h_seconds histogram',
      `h_seconds_bucket{le="0.1",tenant_id="acme"} ${low}`,
      `h_seconds_bucket{le="1",tenant_id="acme"} ${all}`,
      `h_seconds_bucket{le="+Inf",tenant_id="acme"} ${all}`,
      `h_seconds_sum{tenant_id="acme"} ${sum}`,
      `h_seconds_count{tenant_id="acme"} ${all}`,
      '# HELP g_bytes Size',
      '# TYPE g_bytes gauge',
      `g_bytes ${gauge}`,
    ].join('\n'),
  );
}

describe('readMetrics', () => {
  it('reads one scrape: values, and a histogram as count, mean and quantiles', () => {
    const [counter, histogram] = readMetrics(scrape(7, [10, 20], 5, 2048));
    expect(counter?.series).toEqual([{ kind: 'value', labels: { tenant_id: 'acme' }, value: 7, rate: null }]);
    expect(histogram?.series).toMatchObject([
      { kind: 'histogram', labels: { tenant_id: 'acme' }, count: 20, mean: 0.25, p50: 0.1, rate: null },
    ]);
  });

  it('reads what happened between two', () => {
    const earlier = { metrics: scrape(7, [10, 20], 5, 2048), secondsAgo: 4 };
    const [counter, histogram, gauge] = readMetrics(scrape(17, [10, 24], 7, 1024), earlier);
    expect(counter?.series).toMatchObject([{ value: 17, rate: 2.5 }]);
    expect(histogram?.series).toMatchObject([{ count: 4, mean: 0.5, rate: 1 }]);
    expect(gauge?.series).toMatchObject([{ value: 1024, rate: -1024 }]);
  });

  it('takes a counter that went back as one that began anew, and a new one as having been zero', () => {
    const earlier = { metrics: scrape(100, [10, 20], 5, 1), secondsAgo: 2 };
    expect(readMetrics(scrape(6, [1, 2], 1, 1), earlier)[0]?.series).toMatchObject([{ rate: 3 }]);
    const fresh = { metrics: [], secondsAgo: 2 };
    expect(readMetrics(scrape(6, [1, 2], 1, 1), fresh)[0]?.series).toMatchObject([{ rate: 3 }]);
  });
});

describe('quantile', () => {
  const infinity = Number.POSITIVE_INFINITY;
  it('is linear within a bucket, and the last bound beyond it', () => {
    const bounds = [
      [infinity, 10],
      [2, 8],
      [1, 4],
    ] as const;
    expect(quantile(0.5, bounds)).toBeCloseTo(1.25);
    expect(quantile(0.2, bounds)).toBeCloseTo(0.5);
    expect(quantile(0.99, bounds)).toBe(2);
  });
  it('is nothing when nothing was observed', () => {
    expect(quantile(0.5, [])).toBeNull();
    expect(quantile(0.5, [[infinity, 0]])).toBeNull();
  });
});

describe('metricTable', () => {
  it('shows units, lines labels up, and cuts help alone to the width', () => {
    const readings = readMetrics(scrape(1234, [10, 20], 5, 2048));
    expect(metricTable(readings, plain, 24)).toEqual([
      'c_total counter  Events',
      '  tenant_id=acme  1,234',
      '',
      'h_seconds histogram  Ho…',
      '  tenant_id=acme  n 20  mean 250 ms  p50 100 ms  p95 910 ms  p99 982 ms',
      '',
      'g_bytes gauge  Size',
      '  -  2 KiB',
    ]);
    expect(metricTable(readings, coloured)[0]).toContain('\u001b[1mc_total\u001b[22m');
  });
});

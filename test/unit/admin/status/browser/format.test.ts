import { describe, expect, it } from '@jest/globals';
import { quantile } from '../../../../../src/cluster-metrics/index.js';
import { bytes, duration, percent, span } from '../../../../../src/admin/status/browser/format.js';

describe('a quantile, as histogram_quantile has it', () => {
  const bounds = [0.1, 0.5, 1];
  it.each([
    // rank 5 of 10 lies in the middle of the second bucket's eight: 0.1 + 0.4 x (5 - 1) / 8
    ['interpolates in its bucket', 0.5, [1, 8, 1], 10, 0.3],
    ['begins the lowest bucket at 0', 0.5, [10, 0, 0], 10, 0.05],
    ['is the bound at the end of a bucket', 0.9, [1, 8, 1], 10, 0.5],
    ['is the highest bound above it', 0.99, [1, 0, 0], 10, 1],
    ['passes over empty buckets', 0.9, [5, 0, 5], 10, 0.9],
    ['is nothing without observations', 0.5, [0, 0, 0], 0, undefined],
  ])('%s', (_what, q, buckets, count, expected) => {
    const found = quantile(q, { count, bounds, buckets });
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected, 10);
  });
});

it('writes figures as people read them', () => {
  expect([0, 0.0004, 0.0123, 0.9996, 1.25, 12.34, 310, undefined].map(duration)).toEqual([
    '0 s',
    '0.4 ms',
    '12 ms',
    '1.00 s',
    '1.25 s',
    '12.3 s',
    '5 min 10 s',
    '–',
  ]);
  expect([42, 3725, 90_000].map(span)).toEqual(['42 s', '1 h 2 min', '1 d 1 h']);
  expect([99.999, 100, 98.5, undefined].map(percent)).toEqual(['99.99 %', '100 %', '98.5 %', '–']);
  expect([52_428_800, 2 ** 31, undefined].map(bytes)).toEqual(['50 MiB', '2.00 GiB', '–']);
});

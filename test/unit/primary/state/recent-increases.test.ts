import { describe, expect, it } from '@jest/globals';
import { createRecentIncreases } from '../../../../src/primary/state/recent-increases.js';

describe('recent increases', () => {
  const total = (value: number, tenant = 'acme') => [{ labels: { tenant }, value }];
  const options = { spanMs: 30_000, stepMs: 1000 };

  it('are what was counted in the span, and leave it', () => {
    const recent = createRecentIncreases(options);
    recent.sample(() => total(1), 0);
    recent.sample(() => total(4), 10_000);
    recent.sample(() => total(9), 25_000);
    expect(recent.increases(25_000)).toEqual(total(9));
    expect(recent.increases(30_000)).toEqual(total(8));
    expect(recent.increases(39_999)).toEqual(total(8));
    expect(recent.increases(54_999)).toEqual(total(5));
    expect(recent.increases(55_000)).toEqual([]);
  });

  it('read the totals no more often than wanted', () => {
    const recent = createRecentIncreases(options);
    let reads = 0;
    const read = () => {
      reads += 1;
      return total(reads);
    };
    for (let ms = 0; ms < 3000; ms += 100) recent.sample(read, ms);
    expect(reads).toBe(3);
  });

  it('take a series that left and came back for the same, and a total that fell for a new one', () => {
    const recent = createRecentIncreases(options);
    recent.sample(() => total(5), 0);
    recent.sample(() => [], 31_000);
    recent.sample(() => total(6), 32_000);
    expect(recent.increases(32_000)).toEqual(total(1));
    recent.sample(() => total(2), 33_000);
    expect(recent.increases(33_000)).toEqual(total(3));
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dueAtMs, longestDelayMs, retryDelayMs, scoreOf } from '../../src/queue/delay.js';

describe('the delay before the next attempt', () => {
  it.each([
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [9, 256_000],
    [10, longestDelayMs],
    [99, longestDelayMs],
  ])('after attempt %d is at most %d ms, and at least half of that', (attemptsMade, mostMs) => {
    const delays = Array.from({ length: 200 }, () => retryDelayMs(attemptsMade));
    expect(Math.max(...delays)).toBeLessThanOrEqual(mostMs);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(mostMs / 2);
    expect(new Set(delays).size).toBeGreaterThan(100); // spread
  });

  it('begins when an attempt can succeed, and ends at the longest', () => {
    const delays = Array.from({ length: 200 }, () => retryDelayMs(1, 20_000));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(20_500);
    expect(Math.max(...delays)).toBeLessThanOrEqual(21_000);
    expect(retryDelayMs(1, 86_400_000)).toBe(longestDelayMs);
  });
});

it('a due time is read out of the score that BullMQ keeps it under', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 0, max: 0xfff }), (dueMs, counter) => {
      expect(dueAtMs(scoreOf(dueMs) + counter)).toBe(dueMs);
    }),
  );
});

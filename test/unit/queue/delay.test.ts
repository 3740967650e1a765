import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deferralDelayMs, longestDelayMs, retryDelayMs } from '../../../src/queue/delay.js';
import { dueAtMs, delayedScore } from '../../../src/redis/jobs/scores.js';

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
});

describe('the delay of a deferred job', () => {
  const before = fc.integer({ min: 0, max: 1000 });
  const pauseMs = fc.integer({ min: 0, max: 3_600_000 });

  it('is 5 s at first, doubles to five minutes, and is spread down to four fifths of that', () => {
    fc.assert(
      fc.property(before, (count) => {
        const longestMs = Math.min(5000 * 2 ** count, longestDelayMs);
        const delayMs = deferralDelayMs(count, {});
        expect(delayMs).toBeLessThanOrEqual(longestMs);
        expect(delayMs).toBeGreaterThanOrEqual(longestMs * 0.8);
      }),
    );
    expect(new Set(Array.from({ length: 200 }, () => deferralDelayMs(3, {}))).size).toBeGreaterThan(100);
  });

  it('is the pause that was asked for, never less, however often the job was deferred before', () => {
    fc.assert(
      fc.property(before, pauseMs, (count, retryAfterMs) => {
        const delayMs = deferralDelayMs(count, { retryAfterMs });
        expect(delayMs).toBeGreaterThanOrEqual(Math.min(retryAfterMs, longestDelayMs));
        expect(delayMs).toBeLessThanOrEqual(Math.min(Math.max(1000, retryAfterMs * 1.2 + 1), longestDelayMs));
      }),
    );
  });

  it('is no shorter than nothing can succeed for, and never longer than five minutes', () => {
    fc.assert(
      fc.property(before, pauseMs, fc.option(pauseMs, { nil: undefined }), (count, deferMs, retryAfterMs) => {
        const delayMs = deferralDelayMs(count, { deferMs, retryAfterMs });
        expect(delayMs).toBeGreaterThanOrEqual(Math.min(deferMs, longestDelayMs));
        expect(delayMs).toBeLessThanOrEqual(longestDelayMs);
      }),
    );
  });
});

it('a due time is read out of the score that BullMQ keeps it under', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 0, max: 0xfff }), (dueMs, counter) => {
      expect(dueAtMs(delayedScore(dueMs) + counter)).toBe(dueMs);
    }),
  );
});

import { describe, expect, it } from '@jest/globals';
import { parseReset, parseRetryAfter, retryAfterOf } from '../../../src/connectors/retry-after.js';

describe('Retry-After', () => {
  const nowMs = Date.parse('2026-11-23T10:00:00Z');
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
    ['Mon Nov 23 10:00:30 2026', 30_000],
    [String(nowMs / 1000 + 30), 30_000],
    [String(nowMs + 30_000), 30_000],
    ['2026-11-23T10:00:30Z', 30_000],
    ['-3', undefined],
    ['1.5', 1500],
    ['1.', undefined],
    ['999999999', 86_400_000],
    ['99999999999999999999', undefined],
    ['1e300', undefined],
    ['Fri, 01 Jan 9999 00:00:00 GMT', 86_400_000],
    ['soon', undefined],
    ['', undefined],
  ])('%s', (value, expected) => {
    expect(parseRetryAfter(value, nowMs)).toBe(expected);
  });
});

describe('the header that says when a limit ends', () => {
  const nowMs = Date.parse('2026-11-23T10:00:00Z');
  it.each([
    ['41', 41_000],
    [String(nowMs / 1000 + 30), 30_000],
    [String(nowMs + 30_000), 30_000],
    ['2026-11-23T10:02Z', 120_000],
    ['2026-11-23T10:00:30.000Z', 30_000],
    ['2026-11-23T09:00:00Z', 0],
    ['9999-01-01T00:00Z', 86_400_000],
    ['1.5', 1500],
    ['6m0s', undefined],
    ['-1', undefined],
    ['', undefined],
  ])('%s', (value, expected) => {
    expect(parseReset(value, nowMs)).toBe(expected);
  });

  it('counts with HTTP 429 alone, after Retry-After', () => {
    expect(retryAfterOf(429, { 'x-ratelimit-reset': '41' }, nowMs)).toBe(41_000);
    expect(retryAfterOf(429, { 'ratelimit-reset': '41', 'retry-after': '7' }, nowMs)).toBe(7000);
    expect(retryAfterOf(503, { 'x-rate-limit-reset': '41' }, nowMs)).toBeUndefined();
  });
});

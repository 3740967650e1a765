import { describe, expect, it } from '@jest/globals';
import { formatDuration, formatNumber, parseDurationMs } from '../../../src/cli/quantities.js';

describe('quantities', () => {
  it.each([
    [0, '0'],
    [2.345_67, '2.35'],
    [23.4567, '23.5'],
    [1234.5, '1,235'],
    [0.00001, '1.0e-5'],
  ])('%s is %s', (value, text) => expect(formatNumber(value)).toBe(text));

  it.each([
    [0, '0 s'],
    [0.000_25, '250 µs'],
    [0.0125, '12.5 ms'],
    [0.999_9, '1 s'],
    [45, '45 s'],
    [150, '2 min 30 s'],
    [7260, '2 h 1 min'],
    [3 * 86_400, '3 d'],
  ])('%s seconds are %s', (value, text) => expect(formatDuration(value)).toBe(text));

  it('never shows sixty seconds of a minute', () => {
    expect(formatDuration(179.7)).toBe('3 min 0 s');
    expect(formatDuration(2 * 3600 + 59 * 60 + 50)).toBe('3 h 0 min');
  });

  it.each([
    ['5s', 5000],
    ['500ms', 500],
    ['1.5m', 90_000],
    ['2', 2000],
    ['0s', undefined],
    ['-1s', undefined],
    ['soon', undefined],
  ])('%s is a time of %s ms', (text, ms) => expect(parseDurationMs(text)).toBe(ms));
});

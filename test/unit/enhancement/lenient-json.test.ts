import { describe, expect, it } from '@jest/globals';
import { readLenientJson } from '../../../src/enhancement/lenient-json.js';

describe('JSON that a model writes', () => {
  it('is read fifteen levels deep, and is none where it is deeper, however deep', () => {
    const nested = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
    expect(readLenientJson(nested(15), 0)).toMatchObject({ complete: true, end: 31 });
    for (const levels of [16, 100_000]) expect(readLenientJson(nested(levels), 0).value).toBeUndefined();
    expect(readLenientJson('{"a":'.repeat(100_000), 0).value).toBeUndefined();
  });

  it('is read as if it were cut off where it has more values than an answer has', () => {
    const reading = readLenientJson(`{"summary":"x","steps":[${'1,'.repeat(500_000)}1]}`, 0);
    expect(reading).toMatchObject({ complete: false });
    expect(reading.end).toBeLessThan(20_000);
    expect(reading.value).toEqual(
      new Map<string, unknown>([
        ['summary', 'x'],
        ['steps', expect.arrayContaining([1])],
      ]),
    );
  });
});

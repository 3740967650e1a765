import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HashTable, RememberedKeys } from '../../../src/cluster-metrics/primary/scraping/remembered-keys.js';

describe('remembered keys', () => {
  it('tell a repetition for as long as was asked, and not for more than a quarter longer', () => {
    const step = fc.record({
      key: fc.integer({ min: 0, max: 30 }).map(String),
      rememberMs: fc.constantFrom(0.5, 1000, 1500, 60_000, 90_000_000),
      passedMs: fc.oneof(fc.nat(300), fc.nat(100_000), fc.nat(100_000_000)),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const keys = new RememberedKeys();
        const model = new Map<string, { readonly untilMs: number; readonly atMostUntilMs: number }>();
        let nowMs = 0;
        for (const { key, rememberMs, passedMs } of steps) {
          nowMs += passedMs;
          const known = model.get(key);
          const isNew = keys.add(key, rememberMs, nowMs);
          const mustBeNew = known === undefined || nowMs >= known.atMostUntilMs;
          const mustBeKnown = known !== undefined && nowMs < known.untilMs;
          if ((mustBeNew && !isNew) || (mustBeKnown && isNew)) return false;
          if (isNew) model.set(key, { untilMs: nowMs + rememberMs, atMostUntilMs: nowMs + 1.25 * rememberMs });
        }
        return true;
      }),
      { numRuns: 500 },
    );
  });

  it('are told apart in any number, and forgotten with their generation', () => {
    const keys = new RememberedKeys();
    const count = 1_000_000;
    const hourMs = 3_600_000;
    for (let i = 0; i < count; i++) if (!keys.add(`finished:d${i}`, 25 * hourMs, i)) throw new Error(`d${i} is new`);
    for (let i = 0; i < count; i += 1000) expect(keys.add(`finished:d${i}`, 25 * hourMs, 25 * hourMs - 1)).toBe(false);
    // What docs/cluster-metrics.md says of their memory.
    expect(keys.bytes / count).toBeGreaterThan(11);
    expect(keys.bytes / count).toBeLessThan(17.5);
    expect(keys.add('another', 1000, 32 * hourMs)).toBe(true);
    expect(keys.bytes / count).toBeLessThan(0.1);
  });
});

describe('a set of hashes', () => {
  const bits = fc.oneof(
    fc.constantFrom(0, 1, 256, 2 ** 32, 2 ** 53 - 1),
    fc.integer({ min: 0, max: 2 ** 53 - 1 }),
    fc.nat(9),
  );

  it('holds what a set holds, but for 0, which is one with its neighbour', () => {
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 3000 }), (hashes) => {
        const set = new HashTable();
        const model = new Set<number>();
        for (const one of hashes) {
          if (set.has(one / 2 ** 53) !== model.has(one || 1)) throw new Error(`${one}: ${!model.has(one || 1)}`);
          set.add(one / 2 ** 53);
          model.add(one || 1);
          if (!set.has(one / 2 ** 53)) throw new Error(`${one} was added`);
        }
        // At a load of 0.47 or more, so none is there twice.
        return set.bytes <= Math.max(16 * 8, (model.size * 8 * 1.5) / 0.7 + 16);
      }),
      { numRuns: 50 },
    );
  });

  it('grows through hashes that all belong to one cell', () => {
    const set = new HashTable();
    const last = (i: number): number => 1 - (i + 1) / 2 ** 53;
    for (let i = 0; i < 500; i++) set.add(last(i));
    for (let i = 0; i < 500; i++) expect(set.has(last(i))).toBe(true);
    expect(set.has(last(500))).toBe(false);
  });
});

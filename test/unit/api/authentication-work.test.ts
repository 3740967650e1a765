import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { candidates } from '../../../src/api/signatures/hmac.js';

/** That time tells nothing is measured (`npm run bench:timing`); what it rests on can be counted. */
describe('the work for a signature', () => {
  it('is two keys, whether a tenant has two secrets, one, or does not exist', () => {
    for (const secrets of [undefined, [], [Buffer.from('a')], [Buffer.from('a'), Buffer.from('b')]]) {
      const tried = candidates(secrets);
      expect(tried).toHaveLength(2);
      expect(tried.filter(({ real }) => real)).toHaveLength(secrets?.length ?? 0);
      // HMAC hashes a key that is longer than a block once more: that would show.
      for (const { key } of tried) expect(key.length).toBeLessThanOrEqual(64);
    }
  });

  it('has no key that somebody could know in place of a missing one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 64 }), (guess) => {
        for (const { key, real } of candidates(undefined)) {
          expect(real).toBe(false);
          expect(key.equals(guess)).toBe(false);
        }
      }),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { publicLookup } from '../../../src/connectors/public-lookup.js';

describe('a name that is resolved for a connection', () => {
  const [good, other, bad] = ['93.184.215.14', '2606:4700::1111', '127.0.0.1'].map((address) => ({
    address,
    family: isIP(address),
  }));

  /** What DNS says at each asking, in turn; the last answer again and again. */
  function lookUp(says: readonly (LookupAddress | undefined)[][], options: { all?: boolean } = {}) {
    let asked = 0;
    const lookup = publicLookup((_hostname, _options, callback) => {
      const found = says[Math.min(asked++, says.length - 1)] ?? [];
      callback(
        null,
        found.flatMap((one) => one ?? []),
      );
    });
    const answer = new Promise<unknown>((resolve, reject) => {
      lookup('desk.example', options, (error, address, family) => {
        if (error) reject(error);
        else resolve(options.all ? address : { address, family });
      });
    });
    return { answer, asked: () => asked };
  }

  it('leads to the very address that was looked at, and DNS is not asked again', async () => {
    const { answer, asked } = lookUp([[good, other], [bad]]);
    expect(await answer).toEqual(good);
    expect(asked()).toBe(1);
    expect(await lookUp([[good, other], [bad]], { all: true }).answer).toEqual([good, other]);
  });

  it.each([
    ['a private address', [bad]],
    ['a private address among others', [good, bad]],
    ['nothing', []],
  ])('leads nowhere when DNS says %s', async (_what, says) => {
    await expect(lookUp([says]).answer).rejects.toThrow('private or reserved');
    await expect(lookUp([says], { all: true }).answer).rejects.toThrow('private or reserved');
  });
});

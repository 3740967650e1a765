import { describe, expect, it } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import fc from 'fast-check';
import { mostStructure, parseBoundedJson } from '../../../src/json/bounded-json.js';
import { parseReset, parseRetryAfter, retryAfterOf } from '../../../src/connectors/retry-after.js';
import { publicLookup } from '../../../src/connectors/public-lookup.js';
import { isPrivateAddress } from '../../../src/connectors/private-address.js';

describe('a private address', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '[::1]',
    'fe80::1%eth0',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '3fff::1',
    '4000::1',
    '5f00::1',
    '2002:7f00:1::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::10.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::1',
    'localhost',
    '',
  ])('is %s', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(['8.8.8.8', '172.32.0.1', '192.169.0.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])(
    'is not %s',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );

  it('is one in either way to write it', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = `::ffff:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
        expect(isPrivateAddress(hex)).toBe(isPrivateAddress(address));
        expect(isPrivateAddress(`::ffff:${address}`)).toBe(isPrivateAddress(address));
      }),
    );
  });
});

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

describe('Retry-After', () => {
  const nowMs = Date.parse('2026-11-23T10:00:00Z');
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Mon, 23 Nov 2026 10:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
    ['-3', undefined],
    ['1.5', 1500],
    ['1.', undefined],
    ['999999999', 86_400_000],
    ['99999999999999999999', undefined],
    ['1e300', undefined],
    ['Fri, 01 Jan 9999 00:00:00 GMT', 86_400_000],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
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

describe('bounded JSON', () => {
  it('is what JSON.parse says, for JSON of a sane depth', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        expect(parseBoundedJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each(['['.repeat(33), '{"a":'.repeat(33) + '1' + '}'.repeat(33), 'nonsense', ''])('is not %s', (text) => {
    expect(() => parseBoundedJson(text)).toThrow(SyntaxError);
  });

  it('has a bounded number of values, wherever they stand', () => {
    const list = (values: number): string => `[${'1,'.repeat(values)}1]`;
    expect(parseBoundedJson(list(mostStructure - 2))).toHaveLength(mostStructure - 1);
    expect(() => parseBoundedJson(list(mostStructure - 1))).toThrow('too many values');
    expect(() => parseBoundedJson(`{"a":${'"b"'.repeat(mostStructure)}`)).toThrow('too many values');
    expect(parseBoundedJson(JSON.stringify(',:{"'.repeat(mostStructure)))).toHaveLength(4 * mostStructure);
  });

  it('takes brackets in a string for text', () => {
    expect(parseBoundedJson(JSON.stringify('[\\"'.repeat(50)))).toBe('[\\"'.repeat(50));
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { momentOf } from '../../../src/intake/moment.js';

const iso = (value: string | number): string | undefined => {
  const ms = momentOf(value);
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

const noon = '2026-11-23T10:00:00.000Z';

describe('the moment of a ticket', () => {
  it.each<[string | number]>([
    ['2026-11-23T10:00:00Z'],
    ['2026-11-23T10:00Z'],
    ['2026-11-23t10:00:00z'],
    ['2026-11-23T10:00:00.000+00:00'],
    ['2026-11-23T12:00:00+02:00'],
    ['2026-11-23T12:00:00+0200'],
    ['2026-11-23T12:00+02'],
    ['2026-11-23T05:00:00-05:00'],
    ['2026-11-23T10:00:00'],
    ['2026-11-23 10:00:00'],
    ['2026-11-23 10:00'],
    ['2026-11-23 10:00:00 UTC'],
    ['2026-11-23 10:00:00 +0000'],
    ['2026/11/23 10:00:00'],
    ['20261123T100000Z'],
    ['Nov 23, 2026 10:00 AM'],
    ['Nov 23, 2026, 10:00:00 AM'],
    ['November 23, 2026 at 10:00 AM'],
    ['November 23rd, 2026 10:00'],
    ['Mon, 23 Nov 2026 10:00:00 +0000'],
    ['Mon, 23 Nov 2026 10:00:00 GMT'],
    ['Mon Nov 23 10:00:00 2026'],
    ['Monday, November 23, 2026 10:00 AM'],
    ['23 Nov 2026, 10:00'],
    ['23-Nov-2026 10:00:00'],
    ['23.11.2026 10:00'],
    ['11/23/2026 10:00 AM'],
    ['23/11/2026 10:00'],
    ['2026-11-23 05:00 EST'],
    ['2026-11-23 11:00 GMT+1'],
    [1795428000],
    [1795428000000],
    ['1795428000'],
    ['1795428000000'],
    ['1795428000.0'],
    [' 2026-11-23T10:00:00Z '],
    ['Nov 23, 2026, 10:00\u202fAM'],
    ['\u200e11\u200e/\u200e23\u200e/\u200e2026 10:00'],
    ['11/23/26, 10:00 AM'],
    ['Mon Nov 23 10:00:00 UTC 2026'],
    ['Mon Nov 23 11:00:00 CET 2026'],
    ['Mon Nov 23 2026 11:00:00 GMT+0100 (Central European Standard Time)'],
    ['2026-11-23T11:00:00+01:00[Europe/Berlin]'],
    ['2026-11-23 10:00:00 +0000 UTC'],
    ['/Date(1795428000000)/'],
    ['/Date(1795428000000+0100)/'],
    ['23.11.26 10:00'],
    ['23.11.2026, 10:00 Uhr'],
    ['Montag, 23. November 2026 um 10:00'],
    ['23. Nov. 2026 10:00'],
    ['lundi 23 novembre 2026 à 10h00'],
    ['23 de noviembre de 2026 10:00'],
    ['23/11/2026 10:00 a. m.'],
    ['23 nov 2026 alle 10.00'],
    ['2026年11月23日 上午10:00'],
    ['2026. 11. 23. 오전 10:00'],
    ['2026/11/23 10:00:00 JST'.replace('10', '19')],
  ])('%j', (value) => {
    expect(iso(value)).toBe(noon);
  });

  it.each<[string | number, string]>([
    ['Nov 23, 2026 12:30 AM', '2026-11-23T00:30:00.000Z'],
    ['Nov 23, 2026 12:30 PM', '2026-11-23T12:30:00.000Z'],
    ['11/23/2026 1:05 p.m.', '2026-11-23T13:05:00.000Z'],
    ['2026-11-23T10:00:00.5Z', '2026-11-23T10:00:00.500Z'],
    ['2026-11-23', '2026-11-23T00:00:00.000Z'],
    ['2026年3月1日 下午3:05', '2026-03-01T15:05:00.000Z'],
    ['1er août 2026 10:00', '2026-08-01T10:00:00.000Z'],
    ['12. März 2026', '2026-03-12T00:00:00.000Z'],
    ['5 grudnia 2026', '2026-12-05T00:00:00.000Z'],
    ['3 juin 2026', '2026-06-03T00:00:00.000Z'],
    ['3 juillet 2026', '2026-07-03T00:00:00.000Z'],
    ['2024-02-29 10:00', '2024-02-29T10:00:00.000Z'],
    [1795428000.75, '2026-11-23T10:00:00.750Z'],
  ])('%j is %s', (value, expected) => {
    expect(iso(value)).toBe(expected);
  });

  it.each<[string | number]>([
    ['yesterday'],
    [''],
    ['11/12/2026 10:00'],
    ['23/11/26 10:00'],
    ['2026-11-23 10:00 IST'],
    ['23 foo 2026'],
    ['2026-02-30 10:00'],
    ['2026-13-01'],
    ['2026-11-23 25:00'],
    ['Nov 23, 2026 13:00 PM'],
    ['Foo 23, 2026 10:00 AM'],
    ['2026-11-23 10:00 and more'],
    ['$request.created_time'],
    ['99999999999999999999'],
    [-1],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [1e300],
  ])('%j is none', (value) => {
    expect(iso(value)).toBeUndefined();
  });

  it('of any text is none, or one that a date can show', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.double(), fc.stringMatching(/^\d{1,4}[-/. ]\d{1,3}[-/. ]\d{1,4}$/)),
        (value) => {
          const ms = momentOf(value);
          expect(ms === undefined || !Number.isNaN(new Date(ms).getTime())).toBe(true);
        },
      ),
    );
  });
});

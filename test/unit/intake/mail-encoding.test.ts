import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeQuotedPrintable, decodeWords } from '../../../src/intake/mail-encoding.js';

describe('encoded words of mail', () => {
  it.each([
    ['=?UTF-8?B?RHJ1Y2tlciBmw7xsbHQ=?=', 'Drucker füllt'],
    ['=?utf-8?q?Re:_VPN_=E2=82=AC?= now', 'Re: VPN € now'],
    ['=?ISO-8859-1?Q?f=FCllt?=', 'füllt'],
    ['=?iso-2022-jp?B?GyRCJTclOSVGJWAbKEI=?=', 'システム'],
    // A character that is divided between two of them.
    ['=?UTF-8?B?w6TD?= =?UTF-8?B?vA==?=', 'äü'],
    ['=?UTF-8?B?w6TD?= =?utf-8?b?vA==?=', 'äü'],
    ['=?UTF-8?Q?f=c3=bcr?=', 'für'],
    ['a =?UTF-8?Q?b?= c =?ISO-8859-1?Q?=FC?=\n =?UTF-8?Q?d?=', 'a b c üd'],
    ['=?UTF-8*de?Q?f=C3=BCr?=', 'für'],
    ['=?x-unknown?Q?a?=', '=?x-unknown?Q?a?='],
    ['=?UTF-8?X?a?= =?? ?=', '=?UTF-8?X?a?= =?? ?='],
    ['why =? and ?= here', 'why =? and ?= here'],
  ])('%j are %j', (written, text) => {
    expect(decodeWords(written)).toBe(text);
  });
});

describe('quoted-printable', () => {
  it.each([
    ['f=C3=BCr', 'für'],
    ['a=20=\nb=3Dc', 'a b=c'],
    ['a=3D= \t\r\nb', 'a=b'],
    ['a long li=\r\nne,=20\r\nand so on', 'a long line, \r\nand so on'],
    ['<p class=3D"x"> =\n</p>', '<p class="x"> </p>'],
    ['a=10 =\nb', 'a=10 =\nb'],
    ['f=FCr, cut =\nhere', 'für, cut here'],
    ['=E2=82=AC and €', '€ and €'],
    ['a=\nb', 'a=\nb'],
    ['?a=10&b=FF&c=C3', '?a=10&b=FF&c=C3'],
  ])('%j is %j', (written, text) => {
    expect(decodeQuotedPrintable(written)).toBe(text);
  });

  it('gives back any text that a mail program has encoded in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const octets = [...Buffer.from(`ü${text}`)].map(
          (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
        );
        expect(decodeQuotedPrintable(octets.join('').replaceAll(/(.{30})/g, '$1=\r\n'))).toBe(`ü${text}`);
      }),
    );
  });
});

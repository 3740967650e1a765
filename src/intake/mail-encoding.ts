import { decodeAs, windows1252 } from './character-sets.js';

/** Encodings of mail that a desk has left in a text. */

/** RFC 2047: `=?UTF-8?Q?Drucker_f=C3=BCllt?=`. White space between two of them is none of the text. */
const encodedWord = /=\?([\w.:-]{1,40})(?:\*[\w-]{0,20})?\?([bq])\?([^?\s]{0,400})\?=(?:\s{1,9}(?==\?))?/gi;

export function decodeWords(text: string): string {
  const parts: (string | EncodedPart)[] = [];
  let from = 0;
  for (const { 0: whole, 1: charset = '', 2: kind = '', 3: content = '', index } of text.matchAll(encodedWord)) {
    if (index > from) parts.push(text.slice(from, index));
    from = index + whole.length;
    const bytes = kind.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : bytesOfQ(content.replaceAll('_', ' '));
    const before = parts.at(-1);
    // A long text is divided anywhere, also within a character.
    if (typeof before === 'object' && before.charset === charset.toLowerCase()) before.bytes.push(bytes);
    else parts.push({ charset: charset.toLowerCase(), bytes: [bytes], written: whole });
  }
  if (from === 0) return text;
  return parts.map((part) => (typeof part === 'string' ? part : textOf(part))).join('') + text.slice(from);
}

interface EncodedPart {
  readonly charset: string;
  readonly bytes: Buffer[];
  readonly written: string;
}

function textOf({ charset, bytes, written }: EncodedPart): string {
  try {
    return decodeAs(Buffer.concat(bytes), charset);
  } catch {
    return written; // an encoding that nobody knows
  }
}

/** A line that goes on in the next one. */
const softBreak = /=[ \t]{0,4}\r?\n/;
/** What a mail has in another character set, before markup, and at ends of lines. `?a=10` is an address. */
const octet = /=(?:3D|20\r?\n|[89A-F][0-9A-F]\p{L})/u;
/** A character of UTF-8 beyond ASCII. */
const utf8Octets = /=[C-F][0-9A-F]=[89AB][0-9A-F]/;

/** Quoted-printable (RFC 2045), where a text shows by its soft line breaks or its characters that it still is. */
export function decodeQuotedPrintable(text: string): string {
  const isEncoded = utf8Octets.test(text) || (softBreak.test(text) && octet.test(text));
  if (!isEncoded) return text;
  const source = Buffer.from(text);
  const decoded = decodeOctets(source, (one) => [one]);
  return decoded.includes('\uFFFD') ? decodeOctets(source, (one) => windowsOctets[one] ?? [one]) : decoded;
}

/** The characters of Windows-1252 in UTF-8: three bytes at most, as many as their octet has in quoted-printable. */
const windowsOctets = windows1252.map((unit) => [...Buffer.from(String.fromCharCode(unit))]);

const [equalsSign, tab, lineFeed, carriageReturn, blank] = [0x3d, 0x09, 0x0a, 0x0d, 0x20];

/** One pass over bytes: a pattern that stops at each octet of a megabyte would hold up the loop. */
function decodeOctets(source: Buffer, utf8Of: (octet: number) => readonly number[]): string {
  const bytes = Buffer.alloc(source.length);
  let length = 0;
  for (let at = 0; at < source.length; ) {
    const byte = source[at] ?? 0;
    const value = byte === equalsSign ? octetAt(source, at + 1) : undefined;
    const lineEnd = byte === equalsSign && value === undefined ? softBreakEnd(source, at + 1) : undefined;
    if (value !== undefined) for (const one of utf8Of(value)) bytes[length++] = one;
    else if (lineEnd === undefined) bytes[length++] = byte;
    at = lineEnd ?? at + (value === undefined ? 1 : 3);
  }
  return bytes.toString('utf8', 0, length);
}

function octetAt(source: Buffer, at: number): number | undefined {
  const [high, low] = [hexDigits.indexOf(source[at] ?? 0), hexDigits.indexOf(source[at + 1] ?? 0)];
  return high < 0 || low < 0 ? undefined : 16 * high + low;
}

const hexDigits = Buffer.from('0123456789ABCDEF');

/** The index behind blanks and a line end. */
function softBreakEnd(source: Buffer, from: number): number | undefined {
  let at = from;
  while (source[at] === blank || source[at] === tab) at++;
  if (source[at] === carriageReturn) at++;
  return source[at] === lineFeed ? at + 1 : undefined;
}

/** Of an encoded word. */
function bytesOfQ(text: string): Buffer {
  const octets = text.replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(octets, 'latin1');
}

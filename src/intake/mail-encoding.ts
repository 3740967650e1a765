import { decodeAs, windows1252 } from './character-sets.js';

/** Decodes mail encodings that a desk did not decode. */

/** An encoded word (RFC 2047): `=?UTF-8?Q?Drucker_f=C3=BCllt?=`. White space between two of them is not part of the text. */
const encodedWord = /=\?([\w.:-]{1,40})(?:\*[\w-]{0,20})?\?([bq])\?([^?\s]{0,400})\?=(?:\s{1,9}(?==\?))?/gi;

export function decodeWords(text: string): string {
  if (!text.includes('=?')) return text;
  const parts: (string | EncodedPart)[] = [];
  let from = 0;
  for (const { 0: whole, 1: charset = '', 2: kind = '', 3: content = '', index } of text.matchAll(encodedWord)) {
    if (index > from) parts.push(text.slice(from, index));
    from = index + whole.length;
    const bytes = kind.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : bytesOfQ(content.replaceAll('_', ' '));
    const before = parts.at(-1);
    // Mail programs split a long text at any byte, also within a character, so the bytes are joined before they are decoded.
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
    return written; // TextDecoder does not know the charset
  }
}

/** A soft line break (RFC 2045): the line continues after it. */
const softBreak = /=[ \t]{0,4}\r?\n/;
/** Encoded octets that occur in quoted-printable text and hardly elsewhere: `?a=10` may be an address. */
const octet = /=(?:3D|20\r?\n|[89A-F][0-9A-F]\p{L})/u;
/** The first two octets of a UTF-8 character beyond ASCII. */
const utf8Octets = /=[C-F][0-9A-F]=[89AB][0-9A-F]/;

/** Decodes quoted-printable (RFC 2045) if the text contains encoded UTF-8, or soft line breaks and other encoded octets. */
export function decodeQuotedPrintable(text: string): string {
  if (!text.includes('=')) return text;
  const isEncoded = utf8Octets.test(text) || (softBreak.test(text) && octet.test(text));
  if (!isEncoded) return text;
  const source = Buffer.from(text);
  const decoded = decodeOctets(source, (one) => [one]);
  return decoded.includes('\uFFFD') ? decodeOctets(source, (one) => windowsOctets[one] ?? [one]) : decoded;
}

/** UTF-8 of each Windows-1252 character: at most three bytes, the length of an octet in quoted-printable. */
const windowsOctets = windows1252.map((unit) => [...Buffer.from(String.fromCharCode(unit))]);

const [equalsSign, tab, lineFeed, carriageReturn, blank] = [0x3d, 0x09, 0x0a, 0x0d, 0x20];

/** One pass over bytes: replacing each octet of a megabyte by a pattern would block the event loop. */
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

/** The index after spaces, tabs and a line end; undefined if there is no line end. */
function softBreakEnd(source: Buffer, from: number): number | undefined {
  let at = from;
  while (source[at] === blank || source[at] === tab) at++;
  if (source[at] === carriageReturn) at++;
  return source[at] === lineFeed ? at + 1 : undefined;
}

/** Decodes the Q encoding of an encoded word. */
function bytesOfQ(text: string): Buffer {
  const octets = text.replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(octets, 'latin1');
}

/** The beginning of a UTF-8 character that was read as Windows-1252: `Ã¤`, `â€™`. */
const misread = /[\u00c2-\u00f4][^\0-\x7f]/;
const bytesByUnit: ReadonlyMap<number, number> = new Map(windows1252.map((unit, byte) => [unit, byte]));

/**
 * Corrects UTF-8 that a mail gateway or a desk has read as Windows-1252. A text with a character of another kind is not such a
 * text, and neither is one whose bytes are not UTF-8, or one about such characters.
 */
export function decodeMisread(text: string): string {
  if (!misread.test(text) || aboutCharacters.test(text)) return text;
  const bytes = Buffer.alloc(text.length);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    const byte = bytesByUnit.get(unit) ?? unit;
    if (byte > 0xff) return text;
    bytes[at] = byte;
  }
  try {
    // The end may be cut within a character.
    const decoded = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return isUsual(text, decoded) ? decoded : text;
  } catch {
    return text;
  }
}

/** The words of somebody who reports such characters. */
const aboutCharacters =
  /instead of|(?:shown|displayed|appears?|shows up) as|encod|umlaut|special char|character|charset|utf-?8|sonderzeichen|zeichensatz|kodier|codier|(?:^|\s)(?:an)?statt\s|als \S+ angezeigt|au lieu d|caract[eéè]r|s['’]affichent? comme|en (?:lugar|vez) de|codific|aparecen? como|acento|invece d|em vez d/i;

/** A UTF-8 character, each of its bytes read as one of Windows-1252. */
const sequence = /[\u00c2-\u00df][^\0-\x7f]|[\u00e0-\u00ef][^\0-\x7f]{2}|[\u00f0-\u00f4][^\0-\x7f]{3}/g;

/** Punctuation behind a letter at the end of a word: `COUPÉ\u00a0!`, `Spaß…`, `déjà\u00a0»`. */
const letterAndMarks = /^[\u00c2-\u00f4][\u00a0»…’”“–—›]{1,3}$/;

/** Letters that no text of Windows-1252's languages has, but its right letters with a mark behind them would give. */
const unusual = /[\u0180-\u0217\u021c-\u02c5\u02c8-\u02d9\u02dd-\u02ff\u0700-\u08ff]/;

/** Without the halves of pairs: an emoji is usual. */
const beyondLatin1 = /[\u0100-\ud7ff\ue000-\uffff]/g;

/** Whether the decoded text is more usual than the written one. */
function isUsual(text: string, decoded: string): boolean {
  if (unusual.test(decoded)) return false;
  let sequences = 0;
  let isSure = false;
  for (const { 0: written, index } of text.matchAll(sequence)) {
    const afterCapital = index > 0 && /\p{Lu}/u.test(text[index - 1] ?? '');
    // `voilÃ\u00a0` and `nichtÂ\u00a0mehr` are no words, `MANHÃ\u00a0` is one.
    const isWord =
      letterAndMarks.test(written) &&
      (!/^[ÂÃ]/.test(written) || (afterCapital && !/^..\p{L}/u.test(text.slice(index, index + 3))));
    isSure ||= !isWord;
    if (++sequences > 1 && isSure) return true;
  }
  // Of another kind, a single one is more likely to be right as it is.
  return isSure && [...decoded.matchAll(beyondLatin1)].every(([one]) => bytesByUnit.has(one.charCodeAt(0)));
}

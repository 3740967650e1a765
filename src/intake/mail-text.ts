import {
  attribution,
  closings,
  forwardedMark,
  forwardedSubject,
  fromLine,
  headLine,
  mobileSignature,
  originalMark,
  thanks,
} from './mail-phrases.js';

/**
 * The author's own text of a ticket, without quoted mails and the signature, whose words occur in other tickets too. Forwarded
 * mails are kept, because they are the subject of the ticket.
 */
export interface OwnText {
  readonly text: string;
  readonly leftOut: readonly ('quoted replies' | 'the signature')[];
}

/** A text with fewer words of its own is about what it quotes, so nothing is removed. */
const fewestOwnWords = 4;

/** Characters of a line that are searched: phrases are at its beginning, and header lines are shorter. */
const longestRead = 320;

export function ownText(text: string, subject: string): OwnText {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const read = lines.map((line) => line.slice(0, longestRead));
  if (forwardedSubject.test(subject) || read.some((line) => forwardedMark.test(line))) return { text, leftOut: [] };
  const quotation = quotationIn(read);
  const own = lines.filter((line, at) => (at < quotation.start || at >= quotation.end) && !line.startsWith('>'));
  const signed = own.slice(0, signatureStart(own));
  if (signed.length === lines.length) return { text, leftOut: [] };
  const hasOwnWords = wordsIn(own) >= fewestOwnWords;
  const kept = wordsIn(signed) > 0 ? signed : own;
  if (!hasOwnWords || kept.length === lines.length) return { text, leftOut: [] };
  return {
    text: kept
      .filter((line, at) => at < kept.length - 1 || !/^[_=*-]{3,}$/.test(line))
      .join('\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim(),
    leftOut: [
      ...(own.length < lines.length ? (['quoted replies'] as const) : []),
      ...(kept.length < own.length ? (['the signature'] as const) : []),
    ],
  };
}

function wordsIn(lines: readonly string[]): number {
  return lines.join('\n').match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
}

/** Lines from `start` up to and without `end`. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** The quoted mail. It extends to the end of the text, unless each of its lines is marked: then a reply may follow below. */
function quotationIn(lines: readonly string[]): Span {
  for (let at = 0; at < lines.length; at++) {
    const end = attributionEnd(lines, at);
    if (end !== undefined) return { start: at, end: isMarked(lines, end) ? end : lines.length };
    if (originalMark.test(lines[at] ?? '') || isHead(lines, at)) return { start: at, end: lines.length };
  }
  return { start: lines.length, end: lines.length };
}

/** Mail programs break a long attribution into two lines. */
function attributionEnd(lines: readonly string[], at: number): number | undefined {
  const line = lines[at] ?? '';
  if (attribution.test(line)) return at + 1;
  return line !== '' && attribution.test(`${line} ${lines[at + 1] ?? ''}`) ? at + 2 : undefined;
}

function isMarked(lines: readonly string[], at: number): boolean {
  return (
    lines
      .slice(at, at + 3)
      .find((line) => line !== '')
      ?.startsWith('>') === true
  );
}

const linesOfHead = 6;

function isHead(lines: readonly string[], at: number): boolean {
  if (!fromLine.test(lines[at] ?? '')) return false;
  return lines.slice(at + 1, at + 1 + linesOfHead).filter((line) => headLine.test(line)).length >= 2;
}

/** Lines at the end of a mail in which a signature is searched. A longer one is another mail. */
const linesOfSignature = 30;
const linesUnderThanks = 5;
const lettersOfName = 50;

function signatureStart(lines: readonly string[]): number {
  const from = Math.max(0, lines.length - linesOfSignature);
  const found = lines.slice(from).findIndex((_, at) => beginsSignature(lines.slice(from + at)));
  return found < 0 ? lines.length : from + found;
}

function beginsSignature([first = '', ...after]: readonly string[]): boolean {
  const line = first.trim();
  if (line === '--' || line === '—') return true;
  if (line.length > 2 * lettersOfName) return false;
  if (mobileSignature.test(line)) return true;
  if (after.some((one) => /^p\.? ?s\.?[: ]/i.test(one))) return false;
  const [phrase = ''] = line.toLowerCase().split(/ ?[,.!;:–]/, 1);
  if (closings.has(phrase)) return true;
  const names = after.filter((one) => one !== '');
  return (
    thanks.has(phrase) &&
    names.length <= linesUnderThanks &&
    names.every((one) => one.length <= lettersOfName && !/[.?!:;]$/.test(one))
  );
}

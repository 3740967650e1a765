import {
  attribution,
  attributionBetweenLines,
  attributionEnding,
  attributionWithAddress,
  datedAttribution,
  externalBanner,
  forwardedMark,
  forwardedSubject,
  type HeadForm,
  headForms,
  originalMark,
  replyAbove,
  replyAboveAlone,
  senderLine,
  timeAndAddress,
} from './mail-phrases.js';
import { signatureStart } from './mail-signature.js';
import { momentOf } from './moment.js';

/**
 * The author's own text of a ticket, without quoted mails and the signature, whose words occur in other tickets too. Forwarded
 * mails are kept, because they are the subject of the ticket.
 */
export interface OwnText {
  readonly text: string;
  readonly leftOut: readonly ('quoted replies' | 'the signature' | 'a warning about external mail')[];
}

/** A text with fewer words of its own is about what it quotes, so nothing is removed. */
const fewestOwnWords = 4;

/** Characters of a line that are searched: phrases are at its beginning, and header lines are shorter. */
const longestRead = 320;

export function ownText(text: string, subject: string): OwnText {
  const end = bannerEnd(text.slice(0, longestBanner));
  const own = withoutQuotations(text.slice(end).trim(), subject);
  if (end === 0) return own;
  return own.text === ''
    ? { text, leftOut: [] }
    : { ...own, leftOut: ['a warning about external mail', ...own.leftOut] };
}

const longestBanner = 2000;

/** Ends a sentence, or a mark such as `CAUTION:` or `[EXTERNAL]`. */
const sentenceEnd = /[.!?:*|)\]][ \t]|\n| [-–—] |$/g;

/** Where the text begins behind the banner; 0 if it has none. A sentence of another kind ends it, so that no text is lost. */
function bannerEnd(head: string): number {
  const { sign, origin, outside, imperative, object } = externalBanner;
  let from = 0;
  let end = 0;
  let isOutside = false;
  for (const { 0: mark, index } of head.matchAll(sentenceEnd)) {
    const words = head
      .slice(from, index + mark.length)
      .replace(/^[^\p{L}]+/u, '')
      .trimEnd();
    from = index + mark.length;
    if (words === '') continue;
    const isImperative = imperative.test(words) && object.test(words);
    if (!isImperative && !sign.test(words) && !(origin.test(words) && outside.test(words))) break;
    isOutside ||= outside.test(words);
    if (isImperative && isOutside) end = from;
  }
  return end;
}

function withoutQuotations(text: string, subject: string): OwnText {
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
      .slice(0, kept.findLastIndex((line) => !/^[\s_=*#–—-]*$/.test(line)) + 1)
      .join('\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim(),
    leftOut: [
      ...(own.length < lines.length ? (['quoted replies'] as const) : []),
      ...(kept.length < own.length ? (['the signature'] as const) : []),
    ],
  };
}

/** Two characters of a script without blanks are about a word. */
const word =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]{2}|[\p{L}\p{N}]+/gu;

function wordsIn(lines: readonly string[]): number {
  return lines.join('\n').match(word)?.length ?? 0;
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
    const line = lines[at] ?? '';
    if ([originalMark, replyAbove, replyAboveAlone].some((mark) => mark.test(line)))
      return { start: at, end: lines.length };
    const start = headStart(lines, at);
    if (start !== undefined) return { start, end: lines.length };
  }
  return { start: lines.length, end: lines.length };
}

/** Mail programs break a long attribution into several lines. */
const linesOfAttribution = 3;

/** The first line of one has a time or an address. */
const begunAttribution = /\d{4}|\d[:.]\d\d|<[^<>\s]+@/;

function attributionEnd(lines: readonly string[], at: number): number | undefined {
  let whole = '';
  for (let end = at + 1; end <= at + linesOfAttribution; end++) {
    const line = lines[end - 1] ?? '';
    if (line === '' || (whole !== '' && attribution.test(line))) return undefined;
    whole = whole === '' ? line : `${whole} ${line}`;
    if (isAttribution(whole, isMarked(lines, end))) return end;
    if (!begunAttribution.test(whole)) return undefined;
  }
  return undefined;
}

/** @param isAboveMarks whether the lines below it are marked as a quotation */
function isAttribution(line: string, isAboveMarks: boolean): boolean {
  if (attribution.test(line) || attributionBetweenLines.test(line)) return true;
  const isDated = /\d{4}/.test(line) && /\d[:.]\d\d/.test(line);
  if (isDated && [datedAttribution, attributionWithAddress, timeAndAddress].some((form) => form.test(line)))
    return true;
  // In any language: a name with its address.
  const isAddress = line.includes('@') && /[:：]\p{Bidi_Control}{0,4}$/u.test(line);
  return isAboveMarks && !line.startsWith('>') && (isAddress || attributionEnding.test(line));
}

function isMarked(lines: readonly string[], at: number): boolean {
  return (
    lines
      .slice(at, at + 3)
      .find((line) => line !== '')
      ?.startsWith('>') === true
  );
}

/**
 * Whether the text ends with a quotation of marked lines, below an attribution as mail programs write it: with a verb, an address and
 * a date.
 */
export function isReplyToQuotation(text: string): boolean {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith('>'));
  if (start < 0 || lines.slice(start).some((line) => line !== '' && !line.startsWith('>'))) return false;
  const end = lines.slice(0, start).findLastIndex((line) => line !== '') + 1;
  return [1, 2, 3].some((count) => {
    const line = lines
      .slice(Math.max(0, end - count), end)
      .map((one) => one.slice(0, longestRead))
      .join(' ');
    const isDated = /\d{4}|\d[:.]\d\d/.test(line) && /<[^<>\s@]{1,100}@/.test(line);
    return isDated && (attributionEnding.test(line) || timeAndAddress.test(line));
  });
}

const linesOfHead = 6;

/** A time of day, and not the begin of a date: `10:00`, `17.45`. */
const timeOfDay = /(?<![\d.:])\d{1,2}[:.]\d\d(?!\.?\d)/;

/** Where the header lines of a mail begin of which the sender is at a line. Some mail programs write the time above the sender. */
function headStart(lines: readonly string[], at: number): number | undefined {
  const line = lines[at] ?? '';
  if (!senderLine.test(line)) return undefined;
  const start = headForms
    .filter(({ sender }) => sender.test(line))
    .map((form) => startOfForm(form, lines, at))
    .find((found) => found !== undefined);
  // An absence is asked for with such names too, `From: 1.12.2026`.
  const sender = line.replace(/^[^:：]*[:：][* ]*/, '');
  return start !== undefined && /\p{L}/u.test(sender) && momentOf(sender) === undefined ? start : undefined;
}

function startOfForm({ other, subject }: HeadForm, lines: readonly string[], at: number): number | undefined {
  let start = at;
  while (start > 0 && other.test(lines[start - 1] ?? '')) start--;
  const others = lines.slice(start, at + 1 + linesOfHead).filter((one) => other.test(one));
  // A list of addresses in somebody's own words has no time.
  if (others.length < 2 || !others.some((one) => /\d{4}|\d[:.]\d\d/.test(one))) return undefined;
  const isSure =
    lines[at]?.includes('@') === true ||
    (others.some((one) => timeOfDay.test(one)) && others.some((one) => subject.test(one)));
  return isSure ? start : undefined;
}

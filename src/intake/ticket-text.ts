import { isOurNote, noteMarker } from '../enhancement/index.js';
import { withoutEmbeddedData } from './embedded-data.js';
import { isHtml, isHtmlLine } from './html-detection.js';
import { textOfHtml } from './html-text.js';
import { decodeMisread, decodeQuotedPrintable, decodeWords } from './mail-encoding.js';
import { isReplyToQuotation, ownText } from './mail-text.js';
import { withoutStyleSheets } from './style-text.js';

/** Characters that are used of a ticket's texts. */
export const longestSubject = 500;
export const longestDescription = 10_000;

/** Characters that are searched for replies and signatures. */
const longestRead = 65_536;

/** The text that is used, and in words how it was changed. */
export interface ReadText {
  readonly text: string;
  readonly mended: readonly string[];
}

export interface ReadLongText extends ReadText {
  /** It is a note of this service, or contains one that is not the quotation of a reply by mail. */
  readonly isOurNote: boolean;
}

/**
 * Reads a description or a resolution: the visible text of HTML, without style sheets, quoted replies and signatures, cut to
 * {@link longestDescription}.
 *
 * @param subject shows whether it is a forwarded mail
 * @param hasPictures whether the names of pictures are kept
 */
export async function readText(written: string, subject: string, hasPictures = false): Promise<ReadLongText> {
  const readable = decodeQuotedPrintable(written);
  const given = withoutEmbeddedData(readable);
  const asHtml = isHtml(given);
  const read = asHtml ? await visibleText(given) : given.slice(0, longestRead);
  const corrected = decodeMisread(read);
  const whole = tidy(corrected);
  const words = hasPictures ? whole : whole.replaceAll(pictureName, '').trim();
  const unstyled = withoutStyleSheets(words);
  const { text, leftOut } = ownText(unstyled, subject);
  const used = text.slice(0, longestDescription).toWellFormed();
  return {
    text: used,
    isOurNote: (isOurNote(written) || isOurNote(unstyled)) && !isReplyToNote(unstyled, text, written),
    mended: [
      ...(readable === written && corrected === read ? [] : [decoded]),
      ...(asHtml ? ['HTML was made into text'] : []),
      ...(words === whole ? [] : ['the names of pictures were left out']),
      ...(unstyled === words ? [] : ['a style sheet was left out']),
      ...leftOut.map((part) => `${part} left out`),
      ...(used.length < text.length || (!asHtml && given.length > longestRead)
        ? [`the first ${longestDescription} characters are used`]
        : []),
    ],
  };
}

/**
 * Whether a person replies by mail to a note of ours. What a desk puts around a note that a rule on updates sends cannot be told
 * from a person's words: taken for a ticket, it would get a note, and that another, without end. So the quotation must have the
 * form of a mail program, and every note must be in it.
 *
 * @param own the text without the quotation
 */
function isReplyToNote(text: string, own: string, written: string): boolean {
  return own !== '' && !isOurNote(own) && isReplyToQuotation(text) && notesIn(written) <= notesIn(text);
}

function notesIn(text: string): number {
  return text.split(noteMarker('')).length - 1;
}

const pictureEnding = String.raw`\.(?:bmp|gif|heic|jpe?g|png|webp)`;

/**
 * What mail programs and desks write in place of a picture: `[cid:image001.png@01D9.8A]`, `<image001.png>`, `![](https://…)`. Not
 * the name of an image in a log, `[image: registry.example/app:1.2]`, or an element of a list, `textures[image1]`.
 */
const pictureName = new RegExp(
  String.raw`(?: |(?<![\p{L}\p{N}_]))(?:\[cid:[^\][\n]{1,200}\]|\[(?:image|bild):(?:[^\][\n]{1,200}${pictureEnding}|[^\][\n/:]{1,200})\]|\[(?:inline[ -]?)?(?:image|bild|bilder|images?)(?: inline)? ?\d{1,3}\]|<image\d{3}\.\w{3,4}>)|^<image\d{1,4}\.\w{3,4}>$| ?!\[(?:image|[^\][\n]{0,200}${pictureEnding})?\]\([^()\s]{1,2000}\)`,
  'gimu',
);

const decoded = 'an encoding was decoded';

/**
 * HTML that a template has escaped becomes HTML when its entities are decoded, and is then read once more. A template escapes both
 * brackets; a desk's plain text (zammad/resolved.ts) has one of them.
 */
async function visibleText(html: string): Promise<string> {
  const text = await textOfHtml(html.replaceAll(halves, characterOf));
  return !/[<>]/.test(html) && elementFirst.test(text) && isHtml(text) ? textOfHtml(text) : text;
}

/** A character beyond 16 bits as two entities, each of a half: no browser shows it. */
const halves = /&#(5[56]\d{3});&#(5[67]\d{3});/g;

function characterOf(_: string, high: string, low: string): string {
  return String.fromCharCode(Number(high), Number(low)).toWellFormed();
}

/** Such a text is escaped HTML. A text about an element seldom begins with it. */
const elementFirst = /^\s*<(?:!doctype|body|div|font|h[1-6]|html|ol|p|span|table|ul)[\s>]/i;
const escapedEntity = /&amp;(?:#\d|apos;|gt;|lt;|quot;)/i;

/** A subject is one line. */
export async function readSubject(whole: string): Promise<ReadText> {
  const written = whole.slice(0, longestRead);
  const given = decodeWords(written);
  const asHtml = isHtmlLine(given);
  const once = asHtml ? (await textOfHtml(given)) || given : given;
  const text = escapedEntity.test(given) ? await textOfHtml(once) : once;
  const corrected = decodeMisread(text);
  const line = tidy(corrected).replaceAll(/\s+/g, ' ').trim();
  const used = line.slice(0, longestSubject).toWellFormed();
  return {
    text: used,
    mended: [
      ...(given === written && corrected === text ? [] : [decoded]),
      ...(asHtml && text !== given ? ['HTML was made into text'] : []),
      ...(used.length < line.length ? [`the first ${longestSubject} characters are used`] : []),
    ],
  };
}

/** Characters without a width between blanks: newsletters fill their preview with them. */
const padding = /(?<=^|\s)(?:[\p{Default_Ignorable_Code_Point}\u2007][ \u00A0\u2007]*)+/gu;

/** Other characters that show nothing. The joiners and the selectors belong to letters of some scripts, and to emoji. */
const unseen = /(?!\u200C|\u200D|\uFE0E|\uFE0F)[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/gu;

/** One form of line ends, no control characters, and none that shows nothing: within a word it would make another word. */
function tidy(text: string): string {
  return text
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, ' ')
    .replaceAll(padding, '')
    .replaceAll(unseen, '')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

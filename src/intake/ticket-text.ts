import { withoutEmbeddedData } from './embedded-data.js';
import { isHtml, isHtmlLine, textOfHtml } from './html-text.js';
import { decodeMisread, decodeQuotedPrintable, decodeWords } from './mail-encoding.js';
import { ownText } from './mail-text.js';
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

/**
 * Reads a description or a resolution: the visible text of HTML, without style sheets, quoted replies and signatures, cut to
 * {@link longestDescription}.
 *
 * @param subject shows whether it is a forwarded mail
 */
export async function readText(written: string, subject: string): Promise<ReadText> {
  const readable = decodeQuotedPrintable(written);
  const given = withoutEmbeddedData(readable);
  const asHtml = isHtml(given);
  const read = asHtml ? await visibleText(given) : given.slice(0, longestRead);
  const corrected = decodeMisread(read);
  const whole = tidy(corrected);
  const unstyled = withoutStyleSheets(whole);
  const { text, leftOut } = ownText(unstyled, subject);
  const used = text.slice(0, longestDescription).toWellFormed();
  return {
    text: used,
    mended: [
      ...(readable === written && corrected === read ? [] : [decoded]),
      ...(asHtml ? ['HTML was made into text'] : []),
      ...(unstyled === whole ? [] : ['a style sheet was left out']),
      ...leftOut.map((part) => `${part} left out`),
      ...(used.length < text.length || (!asHtml && given.length > longestRead)
        ? [`the first ${longestDescription} characters are used`]
        : []),
    ],
  };
}

const decoded = 'the encoding of a mail was decoded';

/** HTML that a template has escaped becomes HTML when its entities are decoded, and is then read once more. */
async function visibleText(html: string): Promise<string> {
  const text = await textOfHtml(html);
  return !html.includes('<') && elementFirst.test(text) && isHtml(text) ? textOfHtml(text) : text;
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

/** One form of line ends, no control characters. */
function tidy(text: string): string {
  return text
    .replaceAll(/\r\n?|[\u2028\u2029]/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, ' ')
    .trim();
}

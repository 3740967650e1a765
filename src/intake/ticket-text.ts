import { isHtml, isHtmlLine, textOfHtml } from './html-text.js';
import { ownText } from './mail-text.js';
import { withoutStyleSheets } from './style-text.js';

/** Characters that are used of a ticket's texts. */
export const longestSubject = 500;
export const longestDescription = 10_000;

/** Characters that are looked at: replies and signatures are looked for in no more. */
const longestRead = 65_536;

/** Text as it is used, and in words what was done to it. */
export interface ReadText {
  readonly text: string;
  readonly mended: readonly string[];
}

/**
 * The text of a description or a resolution: of HTML what a reader sees, without style sheets, quoted replies and signatures,
 * cut to a bound.
 *
 * @param subject tells whether it is a forwarded mail
 */
export async function readText(given: string, subject: string): Promise<ReadText> {
  const asHtml = isHtml(given);
  const whole = tidy(asHtml ? await textOfHtml(given) : given.slice(0, longestRead));
  const unstyled = withoutStyleSheets(whole);
  const { text, leftOut } = ownText(unstyled, subject);
  const used = text.slice(0, longestDescription).toWellFormed();
  return {
    text: used,
    mended: [
      ...(asHtml ? ['HTML was made into text'] : []),
      ...(unstyled === whole ? [] : ['a style sheet was left out']),
      ...leftOut.map((part) => `${part} left out`),
      ...(used.length < text.length || (!asHtml && given.length > longestRead)
        ? [`the first ${longestDescription} characters are used`]
        : []),
    ],
  };
}

/** A subject is one line. */
export async function readSubject(given: string): Promise<ReadText> {
  const asHtml = isHtmlLine(given);
  const text = asHtml ? (await textOfHtml(given)) || given : given;
  const line = tidy(text.slice(0, longestRead)).replaceAll(/\s+/g, ' ').trim();
  const used = line.slice(0, longestSubject).toWellFormed();
  return {
    text: used,
    mended: [
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

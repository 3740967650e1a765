import { appendedLine, closings, confidentiality, legalWords, mobileSignature, thanks } from './mail-phrases.js';

/** Finds the signature at the end of a mail. */

/** Lines at the end of a mail in which a signature is searched. A longer one is another mail. */
const linesOfSignature = 30;
const linesUnderThanks = 5;
const lettersOfName = 50;

/** The index of the signature's first line; the number of lines if there is no signature. */
export function signatureStart(lines: readonly string[]): number {
  const from = Math.max(0, lines.length - linesOfSignature);
  // A mail that begins with thanks is not a signature as a whole.
  const first = Math.max(from, lines.findIndex((line) => /[\p{L}\p{N}]/u.test(line)) + 1);
  let start = lines.length;
  for (let at = lines.length - 1; at >= first; at--) {
    const after = lines.slice(at + 1);
    if (beginsSignature(lines[at] ?? '', after, after.slice(0, start - at - 1))) start = at;
  }
  return start;
}

/**
 * @param after the lines below it
 * @param between those of them that are above the signature found so far: a disclaimer may follow the signature of a phone
 */
function beginsSignature(first: string, after: readonly string[], between: readonly string[]): boolean {
  const line = first.trim();
  if (line === '--' || line === '—') return true;
  if (confidentiality.test(line) && legalWords.test(`${line} ${after.find((one) => one !== '') ?? ''}`)) return true;
  if (line.length > 2 * lettersOfName) return false;
  if (after.some((one) => /^p\.? ?s\.?[: ]/i.test(one))) return false;
  if (line.split(/ ?[/|] ?/).every((part) => isPhrase(part, closings))) return true;
  if (isPhrase(line, thanks)) return isNameOnly(after);
  return (mobileSignature.test(line) || appendedLine.test(line)) && isNameOnly(between);
}

/** Whether the lines may be a name, a company and its numbers. */
function isNameOnly(lines: readonly string[]): boolean {
  const names = lines.filter((one) => one !== '');
  return names.length <= linesUnderThanks && names.every((one) => one.length <= lettersOfName && !/[.?!:;]$/.test(one));
}

const wordsOfName = 4;

/** Whether the line is one of the phrases, alone or in front of a comma and a name: `Best regards, Kim`. */
function isPhrase(line: string, phrases: ReadonlySet<string>): boolean {
  const [, phrase = '', name = ''] = /^([^,!;–]*)(?:[,!;–](.*))?$/.exec(line) ?? [];
  if (!phrases.has(phrase.toLowerCase().replace(/ ?[.:]?$/, ''))) return false;
  const words = name.split(' ').filter((one) => one !== '');
  return words.length <= 1 || (words.length <= wordsOfName && words.every((one) => nameWord.test(one)));
}

/** Also `i.A.` in front of one. */
const nameWord = /^(?:\p{Lu}[\p{L}.'’-]*|(?:\p{L}\.){1,2})$/u;

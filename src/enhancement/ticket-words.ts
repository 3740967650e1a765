import { STATUS_CODES } from 'node:http';
import { isUnspaced, meaningsOf, unspacedWordAt } from './glossary.js';
import type { Statistics } from './rarity.js';
import { isPair, negation, termOf, termsOf, wordsOf } from './tokenization.js';

/** The words of a ticket that documents are searched for, put together and divided as documents have them. */

type Counts = Pick<Statistics, 'countOf'>;

/** They say of a thing that it does not work, and may be the end of a compound: `Serverausfall`. */
const failures: ReadonlySet<string> = new Set(
  wordsOf('outage downtime ausfall ausfälle störung störungen unterbrechung avería avaria przerwa'),
);
/** So do these behind a known word: `printer offline`. Elsewhere they may be part of a name: `offline files`. */
const states: ReadonlySet<string> = new Set(
  wordsOf('offline dead unavailable indisponible indisponível niedostępny niedostępna'),
);
const shortestThing = 3;

/** `printer offline` and `Druckerstörung` ask for what `printer not working` asks for. */
function readFailure(word: string, before: string | undefined, { countOf }: Counts): readonly string[] {
  const isKnown = (one: string): boolean => countOf(termOf(one)) > 0;
  if (states.has(word)) return before !== undefined && isKnown(before) && !isKnown(word) ? [negation] : [word];
  const end = [...failures].find((failure) => word.endsWith(failure));
  if (end === undefined) return [word];
  const thing = word.slice(0, -end.length);
  // The term of a long compound is that of its first part.
  if (isKnown(word) && termOf(word) !== termOf(thing)) return [word];
  if (thing.length < shortestThing) return thing === '' ? [negation] : [word];
  return [isKnown(thing) ? thing : thing.replace(/s$/, ''), negation];
}

/** `does not load`: says no more than the negation. `high load` is about a load. */
const isFailedLoad = (word: string, i: number, all: readonly string[]): boolean =>
  word === 'load' && all[i - 1] === negation;

/** An error of HTTP as programs show it: `502 Bad Gateway`. */
const httpError = /(?<![\p{L}\p{N}.])([45]\d\d)[ :,-]{1,3}((?:[\p{L}'-]{1,20} ?){1,4})/gu;
/** The same without its code: nothing but HTTP calls an error so. */
const unmistakable = /(?<![\p{L}\p{N}]|\d[ :,-]{1,3})(?:bad gateway|gateway timeout|internal server error)(?!\p{L})/giu;
const codes = new Map(Object.entries(STATUS_CODES).map(([code, reason = '']) => [reason.toLowerCase(), code]));

/**
 * Replaces an HTTP error by its code where documents have that code. The words of its reason phrase, such as `gateway`, have
 * other meanings in other documents.
 */
function withCodes(text: string, { countOf }: Counts): string {
  const isKnown = (code: string): boolean => countOf(code) > 0;
  return text
    .replace(httpError, (whole, code: string, behind: string) => {
      const reason = STATUS_CODES[code]?.toLowerCase();
      const isNamed = reason !== undefined && behind.toLowerCase().startsWith(reason);
      return isNamed && isKnown(code) ? `${code} ${behind.slice(reason.length)}` : whole;
    })
    .replace(unmistakable, (reason) => {
      const code = codes.get(reason.toLowerCase()) ?? '';
      return isKnown(code) ? code : reason;
    });
}

/** A name that programs make of words: `FilesystemAlmostFull`. Of two it may be one that people write: `WordPress`. */
const humps = /(?<![\p{L}\p{N}])\p{Lu}\p{Ll}{1,30}(?:\p{Lu}\p{Ll}{1,30}){2,8}(?![\p{L}\p{N}])/gu;

function withHumps(text: string, { countOf }: Counts): string {
  return text.replace(humps, (whole) => {
    const parts = whole.replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ');
    return countOf(termOf(whole.toLowerCase())) > 0 ? `${whole} ${parts}` : parts;
  });
}

/** Letters and a number, joined: `INC-0042`, `vps-2041`. */
export const code = /(?<![\p{L}\p{N}])[\p{L}\p{N}]+(?:[-_.][\p{L}\p{N}]+){0,9}[-_.]\d[\p{L}\p{N}]*/gu;

/** The words of a text, without those of codes that no document has. */
export function ticketWords(text: string, counts: Counts): string[] {
  const strange = new Set([...text.matchAll(code)].flatMap(([whole]) => wordsOf(whole)));
  const words = wordsIn(withHumps(withCodes(text.normalize('NFKC'), counts), counts), counts)
    .flatMap((word) => readCode(word, strange, counts))
    .flatMap((word, i, all) => readFailure(word, all[i - 1], counts))
    .filter((word, i, all) => !isFailedLoad(word, i, all));
  return withoutStraddles(joinedWords(words, counts), counts);
}

/** A word of the glossary that is written without blanks is whole where documents do not have it, and in pairs where they do. */
export function wordsIn(text: string, { countOf }: Counts): string[] {
  const found: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; ) {
    const word = unspacedWordAt(text, at);
    if (word === undefined || termsOf(word).every((term) => term !== negation && countOf(term) > 0)) {
      at++;
      continue;
    }
    found.push(...wordsOf(text.slice(from, at)), word);
    at += word.length;
    from = at;
  }
  return [...found, ...wordsOf(text.slice(from))];
}

/** Letters of a word beside a digit: `scan2mail`, `office365`. */
const letters = /\p{L}{3,}/gu;

/**
 * A number, a date, a ticket's id: most tickets have some, and what no document has of them tells nothing of the topic. What it is
 * joined to may be a word.
 */
function readCode(word: string, strange: ReadonlySet<string>, { countOf }: Counts): readonly string[] {
  const hasDigit = /\d/.test(word);
  if ((!hasDigit && !strange.has(word)) || countOf(termOf(word)) > 0 || meaningsOf(word).length > 0) return [word];
  return hasDigit && !strange.has(word)
    ? (word.match(letters) ?? []).flatMap(wordsOf).filter((part) => countOf(termOf(part)) > 0)
    : [];
}

/** Of two words one after the other that documents have as one: `wi fi`, `bit locker`. */
function joinedWords(words: readonly string[], { countOf }: Counts): string[] {
  const found: string[] = [];
  for (const word of words) {
    const before = found.at(-1);
    const joined = `${before ?? ''}${word}`;
    const isSplit =
      before !== undefined &&
      joined.length >= shortestJoined &&
      (countOf(termOf(before)) === 0 || countOf(termOf(word)) === 0) &&
      /^[a-z]+$/.test(joined) &&
      countOf(termOf(joined)) > 0 &&
      termOf(joined).length > before.length;
    if (isSplit) found[found.length - 1] = joined;
    else found.push(word);
  }
  return found;
}

const shortestJoined = 4;

/**
 * Of neighbouring characters those across the border of two words: a pair that no document has beside one that documents have. It says
 * nothing that its neighbour does not.
 */
function withoutStraddles(words: readonly string[], { countOf }: Counts): string[] {
  const isKnown = (word: string | undefined): boolean =>
    word !== undefined && isPair(word) && countOf(termOf(word)) > 0;
  return words.filter((word, i) => {
    if (!isPair(word) || (isUnspaced(word) && meaningsOf(word).length > 0) || countOf(termOf(word)) > 0) return true;
    return !isKnown(words[i - 1]) && !isKnown(words[i + 1]);
  });
}

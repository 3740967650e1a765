import { isUnspaced, meaningsOf, unspacedWordAt } from './glossary.js';
import type { Statistics } from './rarity.js';
import { isPair, negation, termOf, termsOf, wordsOf } from './tokenization.js';

/** The words of a ticket that documents are searched for, put together and divided as documents have them. */

type Counts = Pick<Statistics, 'countOf'>;

/** Letters and a number, joined: `INC-0042`, `vps-2041`. */
const code = /(?<![\p{L}\p{N}])[\p{L}\p{N}]+(?:[-_.][\p{L}\p{N}]+){0,9}[-_.]\d[\p{L}\p{N}]*/gu;

/** The words of a text, without those of codes that no document has. */
export function ticketWords(text: string, counts: Counts): string[] {
  const strange = new Set([...text.matchAll(code)].flatMap(([whole]) => wordsOf(whole)));
  const words = wordsIn(text.normalize('NFKC'), counts).flatMap((word) => readCode(word, strange, counts));
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
    if (!isPair(word) || isUnspacedMeaning(word) || countOf(termOf(word)) > 0) return true;
    return !isKnown(words[i - 1]) && !isKnown(words[i + 1]);
  });
}

const isUnspacedMeaning = (word: string): boolean => isUnspaced(word) && meaningsOf(word).length > 0;

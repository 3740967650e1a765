/** What is meant by words that no document has: those with one slip of the fingers (`pritner`, `conection`), and compounds. */

/** Letters. Of a shorter word most slips make another word, and a longer one is no single word. */
const shortest = { swapped: 5, other: 6 } as const;
const longest = 20;
/** Behind it no letter is indexed. */
const lastPlace = 6;
/** With fewer indexed letters behind it, a letter more or less makes many other words: `compl…` of `company`. */
const lastChange = 3;
const alphabet = 'abcdefghijklmnopqrstuvwxyz';
const latin = /^[a-z]+$/;

/**
 * The word that was probably meant by one that no document has: of all that differ from it by one slip, the one that most documents
 * have. The first letter is rarely wrong.
 *
 * @param countOf how many documents have a word
 * @returns undefined: there is none
 */
export function meantBy(word: string, countOf: (word: string) => number): string | undefined {
  if (word.length < shortest.swapped || word.length > longest || !/^\p{L}+$/u.test(word)) return undefined;
  let meant: string | undefined;
  let most = 0;
  for (const other of slipsOf(word)) {
    const count = countOf(other);
    if (count > most) [meant, most] = [other, count];
  }
  return meant;
}

/** Letters of the parts of a compound. With shorter ones, most words would be compounds. */
const shortestPart = { first: 4, last: 5 } as const;

/**
 * What a compound is a kind of: a `Firmenhandy` is a `Handy`.
 *
 * @returns the longest last part that documents have; undefined: there is none
 */
export function kindOf(word: string, countOf: (word: string) => number): string | undefined {
  if (!isCompound(word)) return undefined;
  for (let at = shortestPart.first; at + shortestPart.last <= word.length; at++) {
    if (countOf(word.slice(at)) > 0) return word.slice(at);
  }
  return undefined;
}

/**
 * What a compound is about, by its first part: a `Kontosperrung` is about a `Konto`. It may be about more than that: a `Kontoauszug`.
 *
 * @returns undefined: documents do not have the part
 */
export function topicOf(word: string, countOf: (word: string) => number): string | undefined {
  // The term of a longer word is its beginning.
  const first = word.slice(0, shortestPart.last);
  return isCompound(word) && word.length >= 2 * shortestPart.last && countOf(first) > 0 ? first : undefined;
}

const isCompound = (word: string): boolean => word.length <= longest && /^\p{L}+$/u.test(word);

/**
 * Two letters that changed places, a letter too many or one too few. Only in the beginning, which is all that is indexed of a long
 * word. A wrong letter is not corrected: by their beginnings `company` and `command` differ by one.
 */
function* slipsOf(word: string): Generator<string> {
  if (/(.)\1\1/.test(word)) yield* [word.replace(/(.)\1{2,}/g, '$1$1'), word.replace(/(.)\1{2,}/g, '$1')];
  const letters = latin.test(word) ? alphabet : '';
  for (let at = 1; at < lastPlace && at + 1 < word.length; at++) {
    const [before, letter, after] = [word.slice(0, at), word.charAt(at), word.slice(at + 1)];
    yield before + after.charAt(0) + letter + after.slice(1);
    if (word.length < shortest.other) continue;
    if (at <= lastChange || letter === after.charAt(0)) yield before + after;
    if (at > lastChange) yield before + letter + letter + after;
    if (at <= lastChange) for (const other of letters) yield before + other + letter + after;
  }
}

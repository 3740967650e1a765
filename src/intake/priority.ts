import { phrasesOf } from './phrases.js';
import { namesOfPriorities } from './priority-names.js';

export const priorities = ['low', 'medium', 'high', 'critical'] as const;
export type Priority = (typeof priorities)[number];

/** A tenant's own names, by {@link priorityKey}. */
export type PriorityTable = ReadonlyMap<string, Priority>;

const longestName = 100;
const mostWords = 8;

/** Words of the longest name in the built-in table. */
const mostWordsInName = 3;

/** The form in which names are compared: without case, accents and punctuation. */
export function priorityKey(name: string): string {
  return keyOf(wordsOf(name), name);
}

function keyOf(words: readonly string[], name: string): string {
  return words.length === 0 ? name.trim().slice(0, longestName) : words.join(' ');
}

function wordsOf(name: string): string[] {
  const plain = name
    .slice(0, longestName)
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .toLowerCase();
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).slice(0, mostWords);
}

const builtIn: PriorityTable = new Map(
  priorities.flatMap((priority) => namesOfPriorities[priority].map((name) => [priorityKey(name), priority] as const)),
);

/** ITIL numbers: 1 is the most urgent. */
const byNumber: readonly Priority[] = ['critical', 'critical', 'high', 'medium', 'low', 'low'];

/**
 * The priority that a desk's word or number means.
 *
 * @param own names that take precedence over the built-in ones
 * @returns undefined when no table has it
 */
export function priorityOf(name: string, own: PriorityTable): Priority | undefined {
  // Most desks send a name as the tables have it.
  const known = own.get(name) ?? builtIn.get(name);
  if (known !== undefined) return known;
  const words = wordsOf(name);
  return own.get(keyOf(words, name)) ?? byWords(partsOf(name)) ?? byDigits(words);
}

/** Its words, with an empty one between parts: in `Level: no / high` the "no" negates nothing. */
function partsOf(name: string): readonly string[] {
  return name
    .slice(0, longestName)
    .split(/[/|:;,]/)
    .flatMap((part) => [...wordsOf(part), '']);
}

/** `Very high`, `2 - High`, `High (P2)`: the longest known name in it, the first of several; one without a negation precedes. */
function byWords(words: readonly string[]): Priority | undefined {
  let negated: Priority | undefined;
  for (let length = mostWordsInName; length > 0; length--) {
    for (let at = 0; at + length <= words.length; at++) {
      const found = builtIn.get(words.slice(at, at + length).join(' '));
      if (found === undefined) continue;
      if (found === 'medium' || !negations.has(words[at - 1] ?? '')) return found;
      negated = 'low';
    }
  }
  return negated;
}

/** `Not critical` is no priority of its own at most desks. */
const negations: ReadonlySet<string> = new Set(
  phrasesOf('not, non, no, nicht, kein, keine, pas, peu, niet, geen, nie, inte, ikke, ei, nao, не'),
);

/** `2`, `P2`, `Prio 2`, `SEV-2`. */
function byDigits(words: readonly string[]): Priority | undefined {
  for (const word of words) {
    const [, digit] = /^[a-z]{0,4}([0-5])$/.exec(word) ?? [];
    if (digit !== undefined) return byNumber[Number(digit)];
  }
  return undefined;
}

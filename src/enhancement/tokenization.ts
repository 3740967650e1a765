import { functionWords, negations } from './function-words.js';

/** From text to the terms that are indexed and searched: in the same way for all languages, so that none is detected. */

const longestWord = 40;
/** Shorter parts of a joined word are none: `wi` and `fi` would count `Wi-Fi` three times. Those of codes are kept. */
const shortestPart = 3;
/** Of a longer word the beginning is the term: in most languages inflection changes the end. */
const stemLength = 6;

/** The one term of all words that negate. */
export const negation = 'not';

/** Scripts that put no blanks between words, and Hangul, whose particles join the word. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々]+/gu;
/** Words, and those that are joined: `wi-fi`, `vpn-gw-01`, `node.js`, `192.0.2.7`. */
const words = /[\p{L}\p{N}\p{M}]+(?:[-_.][\p{L}\p{N}\p{M}]+)*/gu;

/** Letters that Unicode does not decompose, and what is written for them. */
const foldedLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'a',
  œ: 'o',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ё: 'е',
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ى: 'ي',
  ة: 'ه',
  ـ: '',
};

/**
 * Accents of Latin and Greek letters are left out, as many people leave them out, and `ü`, `ue` and `u` are one. Marks of
 * other scripts are part of their letters, but for the optional vowels of Arabic and Hebrew.
 */
function fold(text: string): string {
  // Nothing but ASCII: the usual case, and three times as fast.
  const plain = /[^\0-\x7f]/.test(text)
    ? text
        .normalize('NFKC')
        .toLowerCase()
        .replace(/[ßæœøłđðþıёأإآىةـ]/g, (letter) => foldedLetters[letter] ?? letter)
        .normalize('NFD')
        .replace(/(?<=[\p{Script=Latin}\p{Script=Greek}])[\u0300-\u036f]+|[\u0591-\u05c7\u064b-\u065f]+/gu, '')
        .normalize('NFC')
        .replace(unspaced, pairsOf)
    : text.toLowerCase();
  return plain.replace(/([aou])e/g, '$1');
}

/** How Chinese and Japanese negate, within a word as well: `连不上`, `開かない`. */
const negatingCharacters = /[无無]法|[没沒]有?|不|ません|ない|なかった/;

/** Neighbouring characters in pairs, as words. */
function pairsOf(run: string): string {
  const pairs = run.split(negatingCharacters).map((part) => {
    const characters = Array.from(part);
    return characters.map((character, i) => `${character}${characters[i + 1] ?? ''}`).join(' ');
  });
  return ` ${pairs.join(` ${negation} `)} `;
}

/** Two neighbouring characters of a script without blanks, as a word. */
export const isPair = (word: string): boolean => Array.from(word).length === 2 && word.replace(unspaced, '') === '';

const stopWords: ReadonlySet<string> = new Set(functionWords.map(fold));
const negating: ReadonlySet<string> = new Set(negations.map(fold));

/** Brings the forms of a short English word together: `drops` and `dropped`. Codes and numbers stay as they are. */
function stem(word: string): string {
  if (word.length <= 3 || /\d/.test(word)) return word;
  let root = word;
  if (root.endsWith('ies') && root.length > 4) root = `${root.slice(0, -3)}y`;
  else if (/(?:ch|sh|ss|x)es$/.test(root)) root = root.slice(0, -2);
  else if (/[^sui]s$/.test(root)) root = root.slice(0, -1);
  const inflected = /(?:ing|ed)$/.test(root) ? root.replace(/(?:ing|ed)$/, '') : '';
  if (inflected.length > 2 && /[aeiouy]/.test(inflected)) root = inflected.replace(/([bdfgkmnprt])\1$/, '$1');
  return root.length > 4 && root.endsWith('e') ? root.slice(0, -1) : root;
}

/** People write an error's code with and without it. */
const hexPrefix = /^0x(?=[\da-f]{4})/;

interface Word {
  readonly word: string;
  readonly term: string;
}

/** Words met lately, and how they are read: texts repeat them, and the rules for one are most of the time of indexing. */
const metLately = new Map<string, readonly Word[]>();
const mostMet = 20_000;
/** A longer piece of a text keeps the whole text in memory (V8). */
const longestMet = 12;

function read(joined: string): readonly Word[] {
  const met = metLately.get(joined);
  if (met !== undefined) return met;
  const parts = joined.replace(hexPrefix, '').split(/[-_.]/);
  const whole = /\d/.test(joined) ? joined : parts.join('');
  const found = (
    parts.length > 1 ? [whole, ...parts.filter((part) => whole === joined || part.length >= shortestPart)] : parts
  )
    .map((word) => (negating.has(word) ? negation : word))
    .filter((word) => word.length > 1 && word.length <= longestWord && !stopWords.has(word))
    .map(stem)
    .map((word) => ({ word, term: termOf(word) }));
  if (joined.length <= longestMet) {
    if (metLately.size >= mostMet) metLately.clear();
    metLately.set(joined, found);
  }
  return found;
}

/** `log in`, `signed on`: what is joined elsewhere, of two words that say something else. `logs` and `signs` are things. */
const enters = /^(?:log|sign)(?:g?ed|g?ing)?$/;
/** Behind it `log` and `sign` are things: `the event log in …`. */
const naming = /^(?:an?|the|this|der|event|error|audit|debug)$/;
/** Behind `logged in`: what writes or keeps logs. */
const recording =
  /^(?:(?:an?|the|our|your|its|windows|system|security|application|error|audit) )*(?:event|events|viewer|logs?|logfiles?|syslog|journal|splunk|kibana|grafana|sentry)(?: |$)/;
/** Words of them that are looked at. */
const longestRecorder = 4;
const login: Word = { word: 'login', term: 'login' };

/** @param at of `in` or `on` */
function isLogin(all: readonly string[], at: number): boolean {
  if (!enters.test(all[at - 1] ?? '') || naming.test(all[at - 2] ?? '')) return false;
  return all[at - 1] !== 'logged' || !recording.test(all.slice(at + 1, at + 1 + longestRecorder).join(' '));
}

function pick(text: string, what: keyof Word): string[] {
  const found: string[] = [];
  const all = fold(text).match(words) ?? [];
  for (const [i, joined] of all.entries()) {
    if ((joined === 'in' || joined === 'on') && isLogin(all, i)) found.push(login[what]);
    for (const word of read(joined)) found.push(word[what]);
  }
  return found;
}

/** The words of a text, in order, repeats included. A joined word is there as a whole (`wifi` for `wi-fi`) and in its parts. */
export function wordsOf(text: string): string[] {
  return pick(text, 'word');
}

/** What is indexed and searched: the words of a text without the ends that inflection changes. */
export function termsOf(text: string): string[] {
  return pick(text, 'term');
}

/** @param word one of {@link wordsOf} */
export function termOf(word: string): string {
  return /\d/.test(word) ? word : word.slice(0, stemLength).toWellFormed();
}

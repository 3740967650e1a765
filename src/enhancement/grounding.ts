import { hasShellMarks, programsIn } from './commands.js';
import type { Excerpt } from './excerpt.js';
import { termsOf } from './tokenization.js';
import { asRead } from './markup/visible-text.js';
import { trimmed } from './trimmed.js';

/**
 * How far a step of a model is supported by the sources that it cites.
 *
 * - `supported`: each specific of it stands in one of them.
 * - `unsupported`: it cites none, or names something that none of them has.
 * - `foreign-command`: it is a command, and the command stands in none of them.
 */
export type Grounding = 'supported' | 'unsupported' | 'foreign-command';

/** Of a step's terms, the least part that its sources have. A step of other words is about something else. */
const leastShare = 0.25;
/** Fewer terms say nothing. */
const leastTerms = 3;
/** A step has 40 words. One with more specifics than this is not looked up in the sources, and counts as unsupported. */
const mostSpecifics = 100;
/** Places of a specific in a source that are looked at; it stands alone at one of the first. */
const mostPlaces = 200;
/** Of all words of the answer, the least part that the sources and the ticket have where both are in one language. */
const sameLanguageShare = 1 / 3;

/** A source as steps are compared with it. */
export interface ReadSource {
  readonly text: string;
  readonly terms: ReadonlySet<string>;
}

/** Takes milliseconds for a long source: made once for all steps that cite it. */
export function readSource(source: Excerpt): ReadSource {
  return readText(textOf(source));
}

export function readText(given: string): ReadSource {
  const text = read(given);
  return { text, terms: new Set(termsOf(text)) };
}

/** Everything that a source says. Its background has its quote in most cases. */
export function textOf({ title, section = '', detail, status = '', owner = '', quote, background }: Excerpt): string {
  return [title, section, detail, status, owner, ...(background.includes(quote) ? [] : [quote]), background].join('\n');
}

/**
 * @param answer everything that the model wrote
 * @param ticket its subject and description
 * @param sources all that were given to the model
 * @returns judges one step; `quotable` is what it may quote, but not tell anyone to run
 */
export function groundingIn(
  answer: string,
  ticket: ReadSource,
  sources: readonly ReadSource[],
): (step: string, cited: readonly ReadSource[], quotable?: readonly ReadSource[]) => Grounding {
  const knownWords = new Set([ticket, ...sources].flatMap(({ text }) => wordsOf(text)));
  const said = wordsOf(read(answer));
  const sameLanguage = said.filter((word) => knownWords.has(word)).length >= said.length * sameLanguageShare;
  return (step, cited, quotable = []) => {
    const text = read(step);
    const programs = programsIn(text);
    // Also without a specific: `sudo reboot` has none.
    if (programs.some((program) => !standsInOne(cited, program))) return 'foreign-command';
    const specifics = specificsOf(text);
    const known = programs.length > 0 ? cited : [...cited, ...quotable];
    const foreign = specifics.length > mostSpecifics || specifics.some((specific) => !standsInOne(known, specific));
    if (foreign && (programs.length > 0 || hasShellMarks(text))) return 'foreign-command';
    if (foreign || cited.length === 0) return 'unsupported';
    return sameLanguage && isAboutSomethingElse(step, cited) ? 'unsupported' : 'supported';
  };
}

function standsInOne(cited: readonly ReadSource[], specific: string): boolean {
  return cited.some(({ text }) => standsIn(text, specific));
}

function isAboutSomethingElse(step: string, cited: readonly ReadSource[]): boolean {
  const terms = new Set(termsOf(step));
  if (terms.size < leastTerms) return false;
  return [...terms].filter((term) => cited.some((source) => source.terms.has(term))).length < terms.size * leastShare;
}

/** Words with a meaning of their own in a step: code, hosts, paths, files, options, codes and larger numbers. */
function specificsOf(text: string): string[] {
  const code = [...text.matchAll(/`([^`]{1,300})`/g)].map(([, inner]) => (inner ?? '').trim());
  const words = text
    .split(' ')
    .map((word) => trimmed(word, edges))
    .filter((word) => isSpecific(word));
  return [...new Set([...code, ...words])].filter((specific) => specific !== '');
}

const label = /^s\d{1,2}$/;
const isOption = /^--?[a-z]/;
const isCode = /^(?=.*\d)(?=.*[a-z_]).{3,}$/;
const isLargeNumber = /^\d{3,}$/;

function isSpecific(word: string): boolean {
  if (label.test(word)) return false;
  const hasForm = [isOption, isCode, isLargeNumber].some((form) => form.test(word));
  return hasForm || isHostOrFile(word) || isPath(word) || word.includes('_');
}

/** Parts with dots between, the last of at least two characters: not `e.g`. */
function isHostOrFile(word: string): boolean {
  const [name = ''] = word.split(/[:/]/, 1);
  const parts = name.split('.');
  return parts.length > 1 && !parts.includes('') && /^[a-z][a-z0-9-]+$/.test(parts.at(-1) ?? '');
}

/** Not `and/or` and `on/off`: one slash between letters. */
function isPath(word: string): boolean {
  const separators = word.match(/[\\/]/g)?.length ?? 0;
  return separators > 0 && !/^\p{L}+\/\p{L}+$/u.test(word) && /[\p{L}\p{N}]/u.test(word);
}

const edges = new Set('"\'“”‘’«»()[]{}<>`.,;:!?…*');

/** As a whole: `vpn.acme.example` does not stand in `vpn.acme.example.net`. */
function standsIn(text: string, specific: string): boolean {
  let at = text.indexOf(specific);
  for (let places = 0; at !== -1 && places < mostPlaces; places++, at = text.indexOf(specific, at + 1)) {
    const before = text.charAt(at - 1);
    const after = text.slice(at + specific.length, at + specific.length + 2);
    if (!/[\p{L}\p{N}_.@-]/u.test(before) && !/^(?:[\p{L}\p{N}_@-]|\.[\p{L}\p{N}])/u.test(after)) return true;
  }
  return false;
}

function wordsOf(text: string): string[] {
  return text.match(/\p{L}+/gu) ?? [];
}

function read(text: string): string {
  return asRead(text).toLowerCase().replace(/\s+/g, ' ').trim();
}

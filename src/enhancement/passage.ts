import { withoutSalutation } from './courtesies.js';
import { lineBehindFix, tellsFix } from './problem-and-fix.js';
import { termsOf } from './tokenization.js';
import { linesOf, type Section, type Sections, type Unit } from './units.js';
import { countWords, cutToWords } from './words.js';

/** Picking the part of a text that a reader should see, and the parts that a model should. */

export interface PassageLength {
  /** Words: as many whole paragraphs, lists and tables as fit. */
  readonly preferred: number;
  /** Words of a single one of them: up to here it is quoted whole. */
  readonly longest: number;
}

export interface Passage {
  /** In the text's own markup, from the beginning of a paragraph, list or table to the end of one. */
  readonly text: string;
  /** The heading that it stands below; may be empty. */
  readonly heading: string;
}

/** By how much a passage that starts later must be better: the first paragraphs of a text lead to the others. */
const laterStartBonus = 1.25;
/** Of sections whose heading says that they tell what to do: the reader has the symptom in front of them. */
const actionBonus = 2.5;

/**
 * The run of whole units within one section that has most of what `weights` holds. A text that is short enough is taken whole.
 * An ellipsis shows where a unit is too long to be whole, or where its section continues.
 */
export function bestPassage(divided: Sections, weights: ReadonlyMap<string, number>, length: PassageLength): Passage {
  const { sections } = divided;
  const [only] = sections;
  if (only === undefined) return { text: '', heading: '' };
  if (sections.length === 1 && total(only.units) <= length.preferred)
    return passageOf(divided, only, 0, only.units.length);
  let best = { section: only, start: 0, end: 1, value: -1 };
  for (const section of sections) {
    const bonus = tellsFix(section) ? actionBonus : 1;
    const run = bestRun(section, weights, length.preferred);
    const value = run.gain * bonus;
    if (value > best.value) best = { section, start: run.start, end: run.end, value };
  }
  const { section, start, end } = best;
  const to = lineBehindFix(divided, section, start, length.longest);
  if (to !== undefined) return passageUpTo(divided, section, start, to);
  const [first] = section.units.slice(start, end);
  if (end === start + 1 && first !== undefined && first.words > length.longest) {
    return { text: withinUnit(divided, first, weights, length.longest), heading: section.heading };
  }
  return passageOf(divided, section, start, withProcedure(section, start, end, length.longest));
}

/** A procedure that follows is what the reader came for: it is quoted too, if there is room for all of it. */
function withProcedure({ units }: Section, start: number, end: number, maxWords: number): number {
  const hasList = units.slice(start, end).some(({ kind }) => kind === 'list');
  return !hasList && units[end]?.kind === 'list' && total(units.slice(start, end + 1)) <= maxWords ? end + 1 : end;
}

function total(units: readonly Unit[]): number {
  return units.reduce((sum, { words }) => sum + words, 0);
}

function passageOf(divided: Sections, section: Section, start: number, end: number): Passage {
  const passage = passageUpTo(divided, section, start, section.units[end - 1]?.end ?? 0);
  return end < section.units.length ? { ...passage, text: `${passage.text}\n\n${gap}` } : passage;
}

function passageUpTo({ reading }: Sections, { heading, units }: Section, start: number, line: number): Passage {
  return { text: withoutSalutation(linesOf(reading, units[start]?.start ?? 0, line)), heading };
}

interface Run {
  readonly start: number;
  readonly end: number;
  readonly gain: number;
}

/**
 * The best of the longest runs from each unit, whose first unit may be of any length. A window moves over the units: linear in
 * their number, of which a text may have thousands.
 */
function bestRun({ heading, units }: Section, weights: ReadonlyMap<string, number>, maxWords: number): Run {
  const found = countedTerms(weights);
  const gains = units.map(({ terms }) => found.known(terms));
  found.add(found.known(new Set(termsOf(heading))));
  const isSilent = gains.every((terms) => terms.length === 0);
  let best: Run = { start: 0, end: 1, gain: -1 };
  let end = 0;
  let words = 0;
  for (let start = 0; start < units.length; start++) {
    while (end < units.length && (end === start || words + (units[end]?.words ?? 0) <= maxWords)) {
      words += units[end]?.words ?? 0;
      found.add(gains[end] ?? []);
      end++;
    }
    // What has nothing of the ticket begins no run.
    const begins = isSilent || gains[start]?.length !== 0;
    if (begins && found.weight() > best.gain * laterStartBonus) best = { start, end, gain: found.weight() };
    words -= units[start]?.words ?? 0;
    found.remove(gains[start] ?? []);
  }
  return best;
}

interface CountedTerm {
  readonly value: number;
  count: number;
}

/** The weight of the different terms of a window, as units enter and leave it. */
function countedTerms(weights: ReadonlyMap<string, number>) {
  const counted = new Map([...weights].map(([term, value]) => [term, { value, count: 0 }]));
  let weight = 0;
  return {
    known: (terms: ReadonlySet<string>): CountedTerm[] => [...terms].flatMap((term) => counted.get(term) ?? []),
    weight: (): number => weight,
    add(terms: readonly CountedTerm[]): void {
      for (const term of terms) if (term.count++ === 0) weight += term.value;
    },
    remove(terms: readonly CountedTerm[]): void {
      for (const term of terms) if (--term.count === 0) weight -= term.value;
    },
  };
}

/** Stands where something was left out. */
const gap = '…';

/**
 * Of a unit that is too long: the best rows of a table below its head, from the first item or line of others as many as fit, or the
 * best sentences of a paragraph.
 */
function withinUnit({ reading }: Sections, unit: Unit, weights: ReadonlyMap<string, number>, maxWords: number): string {
  if (unit.kind === 'table') return bestRows(reading.lines, unit, weights, maxWords);
  let end = unit.start;
  let words = 0;
  for (const cut of [...unit.cuts, unit.end]) {
    if (cut <= end) continue;
    words += countWords(reading.lines.slice(end, cut).join('\n'));
    if (words > maxWords) break;
    end = cut;
  }
  if (end === unit.start) return bestSentences(unit.plain, weights, maxWords);
  const text = withoutSalutation(linesOf(reading, unit.start, end).trimEnd());
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(unit.kind === 'code' ? (reading.lines[unit.start] ?? '') : '')?.[1];
  return fence === undefined ? `${text}\n\n${gap}` : `${text}\n${fence}\n\n${gap}`;
}

/** What stands before the rows is the head of the table, and perhaps a sentence above it. */
function bestRows(
  lines: readonly string[],
  { start, end, cuts, plain }: Unit,
  weights: ReadonlyMap<string, number>,
  maxWords: number,
): string {
  const firstRow = (cuts.find((line) => delimiterRow.test(lines[line] ?? '')) ?? start) + 1;
  const head = lines.slice(start, firstRow).join('\n');
  const rows = lines.slice(firstRow, end);
  const room = maxWords - countWords(head);
  const best = bestLines(rows, weights, room);
  const shown = rows.slice(best.start, best.end).join('\n');
  if (countWords(shown, room) > room) return bestSentences(plain, weights, maxWords);
  const above = best.start > 0 ? `| ${gap} |\n` : '';
  const below = best.end < rows.length ? `\n\n${gap}` : '';
  return `${head}\n${above}${shown}${below}`;
}

const delimiterRow = /^[\s|:]*-[-\s|:]*$/;

/** Ends of sentences, also of those without a blank behind them. */
const sentenceEnd = /(?<=[.!?])\s+(?=["'(`*\p{Lu}\d])|(?<=[。！？])\s*|\n/u;

export function sentencesOf(text: string): string[] {
  return text
    .split(sentenceEnd)
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter((sentence) => sentence !== '');
}

export function firstSentence(text: string): { readonly first: string; readonly rest: string } {
  const end = sentenceEnd.exec(text);
  return end === null
    ? { first: text, rest: '' }
    : { first: text.slice(0, end.index), rest: text.slice(end.index + end[0].length) };
}

function bestSentences(text: string, weights: ReadonlyMap<string, number>, maxWords: number): string {
  const sentences = sentencesOf(text);
  const { start, end } = bestLines(sentences, weights, maxWords);
  const quote = cutToWords(sentences.slice(start, end).join(' '), maxWords);
  const head = start > 0 ? `${gap} ` : '';
  const tail = end < sentences.length && !quote.endsWith(gap) ? ` ${gap}` : '';
  return `${head}${quote}${tail}`;
}

/** The run of sentences or rows that has most of what `weights` holds. */
function bestLines(lines: readonly string[], weights: ReadonlyMap<string, number>, maxWords: number): Run {
  const units = lines.map((plain, start) => ({
    start,
    end: start + 1,
    words: countWords(plain),
    terms: new Set(termsOf(plain)),
    cuts: [],
    kind: 'paragraph' as const,
    plain,
  }));
  return bestRun({ heading: '', units }, weights, maxWords);
}

/**
 * For a model: the units of a text that say most about what `weights` holds, in their order. At least one, cut if it is too
 * long.
 */
export function bestUnits(divided: Sections, weights: ReadonlyMap<string, number>, maxWords: number): string {
  const units = divided.sections.flatMap((section) => section.units);
  const gainOf = ({ terms }: Unit): number => [...terms].reduce((sum, term) => sum + (weights.get(term) ?? 0), 0);
  const ranked = units
    .map((unit, index) => ({ unit, index, gain: gainOf(unit) }))
    // An earlier one of two that say as much: procedures begin there.
    .sort((a, b) => b.gain - a.gain || a.index - b.index);
  const [best] = ranked;
  if (best === undefined) return '';
  if (best.unit.words > maxWords) return withinUnit(divided, best.unit, weights, maxWords);
  const chosen = new Set<Unit>();
  let left = maxWords;
  for (const { unit } of ranked) {
    if (unit.words > left) continue;
    chosen.add(unit);
    left -= unit.words;
  }
  const parts: string[] = [];
  for (const unit of units) {
    if (chosen.has(unit)) parts.push(linesOf(divided.reading, unit.start, unit.end));
    else if (parts.at(-1) !== gap) parts.push(gap);
  }
  return parts.join('\n\n');
}

import { isClosing, isSalutation, isThanks } from './courtesies.js';
import { withoutMarks } from './markup/headings.js';
import type { PlacedBlock, Reading } from './markup/markdown.js';
import { inlinePlain, writePlain } from './markup/plain.js';
import { termsOf } from './tokenization.js';
import { countWords } from './words.js';

/**
 * A part of a text that is quoted whole or not at all: a paragraph, a list with the sentence that introduces it, a procedure with
 * all of its steps, a table, a piece of code.
 */
export interface Unit {
  /** Lines, counted from 0; `end` is the line behind it. */
  readonly start: number;
  readonly end: number;
  readonly words: number;
  readonly terms: ReadonlySet<string>;
  /** Lines before which it may end where it is too long: those of items, rows and code. */
  readonly cuts: readonly number[];
  readonly kind: PlacedBlock['block']['kind'];
  /** Text, as a reader sees it. */
  readonly plain: string;
}

/** What stands below one heading. The heading may be empty. */
export interface Section {
  readonly heading: string;
  readonly units: readonly Unit[];
}

export interface Sections {
  readonly reading: Reading;
  readonly sections: readonly Section[];
}

/** Divides a text, whose reading is the other half of the work. Greetings, thanks and signatures are in no unit. */
export function sectionsOf(reading: Reading): Sections {
  const sections: { heading: string; units: Unit[]; closed: boolean }[] = [{ heading: '', units: [], closed: false }];
  for (const placed of reading.blocks) {
    const { block } = placed;
    if (block.kind === 'heading') {
      sections.push({ heading: withoutMarks(inlinePlain(block.children)), units: [], closed: false });
      continue;
    }
    const section = sections.at(-1);
    const unit = unitOf(placed, reading.lines);
    if (section === undefined || section.closed || unit === undefined) continue;
    const before = section.units.at(-1);
    if (unit.kind === 'paragraph' && isClosing(unit.plain) && before !== undefined) section.closed = true;
    else if (before === undefined && unit.kind === 'paragraph' && isThanks(unit.plain)) continue;
    else if (before !== undefined && belongsTo(unit, before))
      section.units[section.units.length - 1] = joined(before, unit);
    else section.units.push(unit);
  }
  return { reading, sections: sections.filter(({ units }) => units.length > 0) };
}

function unitOf({ block, start, end, items }: PlacedBlock, lines: readonly string[]): Unit | undefined {
  let first = start;
  let last = end;
  // What follows a fence that is never closed, or a list at the end, has its blank lines too.
  while (last > first && (lines[last - 1] ?? '').trim() === '') last--;
  if (block.kind === 'paragraph') while (first < last && isSalutation(lines[first] ?? '')) first++;
  if (first === last) return undefined;
  const plain = first === start ? writePlain([block]) : lines.slice(first, last).join('\n');
  if (plain.trim() === '') return undefined;
  const eachLine = block.kind === 'code' || block.kind === 'table';
  const cuts = eachLine ? Array.from({ length: last - first }, (_, i) => first + i) : items;
  const terms = new Set(termsOf(plain));
  return { start: first, end: last, words: countWords(plain), terms, cuts, kind: block.kind, plain };
}

function joined(before: Unit, unit: Unit): Unit {
  return {
    start: before.start,
    end: unit.end,
    words: before.words + unit.words,
    terms: new Set([...before.terms, ...unit.terms]),
    cuts: [...before.cuts, unit.start, ...unit.cuts.filter((line) => line > unit.start)],
    kind: unit.kind,
    plain: `${before.plain}\n\n${unit.plain}`,
  };
}

/** A step with a number other than the first, in words or digits: `Step 2:`, `Schritt 3`, `2)`, `3、`. */
const laterStep =
  /^(?:(?:step|schritt|paso|étape|passo|passaggio|stap|krok) {0,2}(?:[2-9]|[1-9]\d)(?!\d)|(?:[2-9]|[1-9]\d)[.):、．]|第?[二三四五六七八九]步)/iu;
/** Words that a paragraph begins with when it continues a procedure. */
const continuation =
  /^(?:then|next|afterwards|after that|finally|lastly|danach|dann|anschließend|zum schluss|schließlich|después|luego|a continuación|por último|finalmente|ensuite|puis|enfin|poi|dopodiché|infine|depois|em seguida|por fim|daarna|vervolgens|ten slotte|następnie|potem|na koniec)(?!\p{L})|^(?:然后|然後|接着|接下来|最后|最後|次に|その後|それから)/iu;

/** Words of a line above a list that is no sentence: "Steps", "What to do". */
const longestLabel = 4;

/** Whether a reader needs the unit before in order to use this one. */
function belongsTo(unit: Unit, before: Unit): boolean {
  const isLabel = before.kind === 'paragraph' && before.words <= longestLabel && !/[.!?。！？]\s*$/.test(before.plain);
  if (unit.kind === 'list' && isLabel) return true;
  if (unit.kind !== 'paragraph' && /[:：]\s*$/.test(before.plain)) return true;
  if (unit.kind === 'code') return before.kind === 'list';
  if (unit.kind === 'list') return before.kind === 'code' || laterStep.test(unit.plain);
  return laterStep.test(unit.plain) || continuation.test(unit.plain);
}

/** The lines as they are, with the addresses that their links name by a label. */
export function linesOf({ lines, definitions }: Reading, start: number, end: number): string {
  const text = lines.slice(start, end).join('\n');
  const upper = definitions.size === 0 ? '' : text.toUpperCase();
  const named = [...definitions].filter(([label]) => upper.includes(`[${label}]`)).map(([, line]) => line);
  return named.length === 0 ? text : `${text}\n\n${named.join('\n')}`;
}

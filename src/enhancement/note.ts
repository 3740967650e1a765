import type { Excerpt } from './excerpt.js';
import { countWords } from './tokenization.js';
import { cutToWords } from './passage.js';
import { visibleText } from './visible-text.js';
import type { ContextSourceName, SynthesisMode } from './vocabulary.js';

/** A note as data, before it is markup: everything in here is text, whoever wrote it. */
export interface Note {
  readonly mode: SynthesisMode;
  /** Says how the note came about; never dropped. */
  readonly heading: string;
  /** In order of importance: what does not fit into the word limit is dropped from the end. */
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'subheading'; readonly text: string }
  /** A sentence or step, with the sources that bear it out. */
  | { readonly kind: 'statement'; readonly text: string; readonly sources: readonly Excerpt[] }
  /** One of several things to do in their order; numbered. */
  | { readonly kind: 'step'; readonly number: number; readonly text: string; readonly sources: readonly Excerpt[] }
  /** A source with its quoted passage. */
  | { readonly kind: 'quote'; readonly source: Excerpt };

/** A source that the note names. */
export interface Citation {
  readonly source: ContextSourceName;
  readonly id: string;
  readonly title: string;
  readonly score: number;
}

export interface RenderedNote {
  readonly mode: SynthesisMode;
  /** Escaped: holds no markup but ours, and nothing that loads or links anywhere. */
  readonly html: string;
  /** The same, as plain text. */
  readonly text: string;
  readonly citations: readonly Citation[];
}

export interface NoteFrame {
  readonly correlationId: string;
  /** By which a later run finds the note on the ticket; one word. */
  readonly marker: string;
  readonly maxWords: number;
}

export const sourceLabels: Record<ContextSourceName, string> = {
  ticket_history: 'Resolved ticket',
  knowledge_base: 'Knowledge base',
  inventory: 'Inventory',
};

const markup: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Safe between tags and within a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => markup[character] ?? '');
}

/** One line of the note: its parts are styled apart, but read on. */
interface Line {
  readonly tag: 'p' | 'subheading' | 'li' | 'step' | 'blockquote';
  /** Of a step. */
  readonly number?: number;
  readonly strong: string;
  readonly rest: string;
  readonly citations: readonly Excerpt[];
}

/** The fewest words of a quote or statement that are worth showing. */
const leastWords = 8;

/**
 * Renders the note within its word limit: heading and footer always, then as many blocks as fit. The last that fits in
 * part is cut, if enough of it remains to be of use.
 */
export function renderNote(note: Note, { correlationId, marker, maxWords }: NoteFrame): RenderedNote {
  const heading: Line = { tag: 'p', strong: visibleText(note.heading), rest: '', citations: [] };
  const footer: Line = { tag: 'p', strong: '', rest: visibleText(`Ref ${correlationId} ${marker}`), citations: [] };
  let budget = maxWords - wordsOf(heading) - wordsOf(footer);
  const lines: Line[] = [];
  for (const block of note.blocks) {
    const fitting = fit(linesOf(block), budget);
    if (fitting === undefined) break;
    lines.push(...fitting);
    budget -= fitting.reduce((sum, line) => sum + wordsOf(line), 0);
  }
  // A subheading with nothing below it says nothing.
  while (lines.at(-1)?.tag === 'subheading') lines.pop();
  const all = [heading, ...lines, footer];
  return {
    mode: note.mode,
    html: all.map(toHtml).join('\n').replaceAll('</ul>\n<ul>', '\n').replaceAll('</ol>\n<ol>', '\n'),
    text: all.map(toText).join('\n'),
    citations: citationsOf(lines),
  };
}

function linesOf(block: Block): Line[] {
  switch (block.kind) {
    case 'paragraph':
      return [{ tag: 'p', strong: '', rest: visibleText(block.text), citations: [] }];
    case 'subheading':
      return [{ tag: 'subheading', strong: visibleText(block.text), rest: '', citations: [] }];
    case 'step': {
      const { number, text, sources } = block;
      return [{ tag: 'step', number, strong: '', rest: visibleText(cited(text, sources)), citations: sources }];
    }
    case 'statement': {
      const { text, sources } = block;
      return [{ tag: 'li', strong: '', rest: visibleText(cited(text, sources)), citations: sources }];
    }
    case 'quote': {
      const { source, id, title, detail, score, quote } = block.source;
      const name = source === 'inventory' ? title : `${id}: ${title}`;
      const facts = [detail, source === 'inventory' ? '' : `score ${score.toFixed(2)}`].filter((fact) => fact !== '');
      const head: Line = {
        tag: 'p',
        strong: visibleText(`${sourceLabels[source]} ${name}`),
        rest: visibleText(facts.length === 0 ? '' : `(${facts.join('; ')})`),
        citations: [block.source],
      };
      return quote === ''
        ? [head]
        : [head, { tag: 'blockquote', strong: '', rest: visibleText(quote), citations: [block.source] }];
    }
  }
}

function cited(text: string, sources: readonly Excerpt[]): string {
  return [text, ...sources.map(({ id }) => `[${id}]`)].join(' ');
}

/** The lines within the budget, the last one cut if it must be; undefined if too little would remain. */
function fit(lines: readonly Line[], budget: number): Line[] | undefined {
  const fitting: Line[] = [];
  let left = budget;
  for (const line of lines) {
    const words = wordsOf(line);
    if (words <= left) {
      fitting.push(line);
      left -= words;
      continue;
    }
    const room = left - (words - countWords(line.rest));
    if (room < leastWords) return undefined;
    fitting.push({ ...line, rest: cutToWords(line.rest, room) });
    break;
  }
  return fitting;
}

/** The mark in front of an item or quote counts as a word, as it does for whoever counts the plain text. */
function wordsOf({ tag, strong, rest }: Line): number {
  return countWords(strong) + countWords(rest) + (tag === 'li' || tag === 'step' || tag === 'blockquote' ? 1 : 0);
}

function toHtml({ tag, strong, rest }: Line): string {
  const parts = [strong === '' ? '' : `<strong>${escapeHtml(strong)}</strong>`, escapeHtml(rest)];
  const content = parts.filter((part) => part !== '').join(' ');
  switch (tag) {
    case 'step':
      return `<ol><li>${content}</li></ol>`;
    case 'li':
      return `<ul><li>${content}</li></ul>`;
    case 'blockquote':
      return `<blockquote>${content}</blockquote>`;
    case 'subheading':
    case 'p':
      return `<p>${content}</p>`;
  }
}

function toText({ tag, number, strong, rest }: Line): string {
  const content = [strong, rest].filter((part) => part !== '').join(' ');
  switch (tag) {
    case 'step':
      return `${number}. ${content}`;
    case 'li':
      return `- ${content}`;
    case 'blockquote':
      return `> ${content}`;
    case 'subheading':
    case 'p':
      return content;
  }
}

function citationsOf(lines: readonly Line[]): Citation[] {
  const citations = new Map<string, Citation>();
  for (const { source, id, title, score } of lines.flatMap((line) => line.citations)) {
    citations.set(`${source} ${id}`, { source, id, title, score });
  }
  return [...citations.values()];
}

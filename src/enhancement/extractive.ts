import type { Context, FailedSource } from './context.js';
import type { Excerpt } from './excerpt.js';
import type { Note, Part } from './note.js';
import { filled, type Language, noteWords } from './note-words.js';
import type { NoteWords } from './note-words/form.js';
import type { NotePreferences } from './preferences.js';

/** More than this is a reading list, not a note. */
const quoteLimit = 4;

export interface ExtractiveOptions {
  readonly language: Language;
  readonly style: NotePreferences['style'];
  /** A language model is configured, and could not be used. */
  readonly modelFailed: boolean;
}

/** A note of verbatim quotes, best source first. Undefined if nothing was found. */
export function extractiveNote(
  { excerpts, failed }: Context,
  { language, style, modelFailed }: ExtractiveOptions,
): Note | undefined {
  const words = noteWords[language];
  const { similar, systems } = relevant(excerpts);
  const [best] = similar;
  if (best === undefined && systems.length === 0) return undefined;
  const quoted = new Set<string>();
  const sources: Part[] = similar.map((source, i) => ({
    kind: 'source',
    source,
    isQuoted: (style === 'full' || i === 0) && isNew(source.quote, quoted),
  }));
  const named: Part[] = systems.map((source) => ({ kind: 'source', source, isQuoted: style === 'full' }));
  return {
    mode: modelFailed ? 'fallback' : 'extractive',
    language,
    headline: best === undefined ? words.systems : headlineOf(best, words),
    parts: [
      ...sources,
      ...(best !== undefined && named.length > 0 ? [{ kind: 'subheading', text: words.systems } as const] : []),
      ...named,
    ],
    remarks: [...notSearched(failed, words), modelFailed ? words.modelFailed : words.noModel],
  };
}

/** Tickets of one cause have one resolution: it is read once. Signs tell apart: `chmod +x` and `chmod -x`. */
function isNew(quote: string, quoted: Set<string>): boolean {
  const words = quote.toLowerCase().replace(/(?:[^\p{L}\p{N}+<>=-]|-(?![\p{L}\p{N}]))+/gu, ' ');
  return quoted.size < quoted.add(words.trim()).size;
}

/** For tenants that want to be told. */
export function nothingFoundNote({ failed }: Context, language: Language): Note {
  const words = noteWords[language];
  return {
    mode: 'extractive',
    language,
    headline: words.nothing,
    parts: [],
    remarks: [...notSearched(failed, words), words.noModel],
  };
}

function headlineOf(best: Excerpt, words: NoteWords): string {
  const { source, id, title, confidence } = best;
  if (confidence === 'possible') return filled(words.possiblyRelated, { title });
  return filled(source === 'ticket_history' ? words.likelyTicket : words.likelyArticle, { id, title });
}

/** The best articles and tickets, and the systems that the ticket names, in their order. */
export function relevant(excerpts: readonly Excerpt[]): { similar: Excerpt[]; systems: Excerpt[] } {
  const systems = excerpts.filter(({ source }) => source === 'inventory');
  const similar = excerpts.filter(({ source }) => source !== 'inventory').slice(0, quoteLimit);
  return { similar, systems };
}

/** Says where nobody could look, so that silence is not taken for an answer. */
export function notSearched(failed: readonly FailedSource[], words: NoteWords): string[] {
  if (failed.length === 0) return [];
  const sources = failed.map(({ source }) => words.searched[source]).join(words.marks.comma);
  return [filled(words.notSearched, { sources })];
}

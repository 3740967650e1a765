import type { Confidence } from './confidence.js';
import type { Dialect } from './markup/markdown.js';
import type { ContextSourceName } from './vocabulary.js';

/** A passage that was found for a ticket, as it stands in its source. */
export interface Excerpt {
  readonly source: ContextSourceName;
  /** Names the source document: a ticket id, an article's file name, an asset's name. */
  readonly id: string;
  readonly title: string;
  /** Verbatim, in the markup of its source; an ellipsis at the end marks a cut. */
  readonly quote: string;
  /** The best paragraphs of the same document, for a model to read, in the same markup: at most a few hundred words. */
  readonly background: string;
  /** One line of facts about the document, in its own words. May be empty. */
  readonly detail: string;
  /** Of an article: the heading that the quote stands below. */
  readonly section?: string;
  /** Of a ticket: the day, `2026-11-23`. */
  readonly resolvedOn?: string;
  /** Of a system, in the words of the inventory. */
  readonly status?: string;
  readonly owner?: string;
  /** 0 to 1, comparable between sources: how probable it is that the document helps. Orders them, and is not shown. */
  readonly score: number;
  readonly confidence: Confidence;
}

/** How the texts of each source are written. */
export const dialects: Record<ContextSourceName, Dialect> = {
  ticket_history: 'ticket',
  knowledge_base: 'markdown',
  inventory: 'ticket',
};

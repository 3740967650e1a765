import type { Confidence } from './confidence.js';
import type { ContextSourceName } from './vocabulary.js';

/** A passage that was found for a ticket, as it stands in its source. */
export interface Excerpt {
  readonly source: ContextSourceName;
  /** Names the source document: a ticket id, an article's file name, an asset's name. */
  readonly id: string;
  readonly title: string;
  /** Verbatim; where something was left out an ellipsis stands. */
  readonly quote: string;
  /** The best paragraphs of the same document, for a model to read, with their line breaks: at most a few hundred words. */
  readonly background: string;
  /** One line of facts about the document, such as when the ticket was resolved. May be empty. */
  readonly detail: string;
  /** 0 to 1, comparable between sources: how probable it is that the document helps. Orders them, and is not shown. */
  readonly score: number;
  readonly confidence: Confidence;
}

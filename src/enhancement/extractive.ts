import type { Context, FailedSource } from './context.js';
import type { Block, Note } from './note.js';
import type { Excerpt } from './excerpt.js';
import type { ContextSourceName } from './vocabulary.js';

const extractiveHeading = 'Automated retrieval; no language model used';

/** More than this is a reading list, not a note. */
const quoteLimit = 4;
/** Beside a source that fits this well, one that fits less than half as well is noise. */
const fallOff = 0.5;

/**
 * A note of verbatim quotes, best source first.
 *
 * @param modelFailure why the language model could not be used; undefined if none is configured
 */
export function extractiveNote(context: Context, modelFailure?: string): Note {
  const fallback = modelFailure !== undefined;
  return {
    mode: fallback ? 'fallback' : 'extractive',
    heading: fallback ? `${extractiveHeading} (fallback: ${modelFailure})` : extractiveHeading,
    blocks: [...findings(context), ...gaps(context.failed)],
  };
}

function findings({ excerpts }: Context): Block[] {
  const assets = excerpts.filter(({ source }) => source === 'inventory');
  const similar = mostRelevant(excerpts.filter(({ source }) => source !== 'inventory'));
  const quotes = (sources: readonly Excerpt[]): Block[] => sources.map((source) => ({ kind: 'quote', source }));
  const found: Block[] =
    similar.length > 0 ? quotes(similar) : [{ kind: 'paragraph', text: 'No similar tickets found.' }];
  return assets.length > 0 ? [...found, { kind: 'subheading', text: 'Systems named' }, ...quotes(assets)] : found;
}

/** The best sources of all kinds, without those that fall far behind the best. */
export function mostRelevant(excerpts: readonly Excerpt[]): Excerpt[] {
  const sorted = excerpts.toSorted((a, b) => b.score - a.score);
  const best = sorted[0]?.score ?? 0;
  return sorted.filter(({ score }) => score >= best * fallOff).slice(0, quoteLimit);
}

const sourceNames: Record<ContextSourceName, string> = {
  ticket_history: 'the ticket history',
  knowledge_base: 'the knowledge base',
  inventory: 'the inventory',
};

/** Says where nobody could look, so that silence is not taken for an answer. */
export function gaps(failed: readonly FailedSource[]): Block[] {
  if (failed.length === 0) return [];
  const list = failed.map(({ source, reason }) => `${sourceNames[source]} (${source}: ${reason})`).join(', ');
  return [{ kind: 'paragraph', text: `Could not be searched: ${list}.` }];
}

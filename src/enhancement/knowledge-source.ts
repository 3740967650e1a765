import type { Excerpt } from './excerpt.js';
import { type IndexBudget, unlimitedBudget } from './index-budget.js';
import { createLoadedIndex } from './loaded-index.js';
import { createLoopTurns, type LoopTurns } from './loop-turns.js';
import { headingsOf } from './markup/headings.js';
import { readPlaced } from './markup/markdown.js';
import { bestPassage, bestUnits } from './passage.js';
import type { ContextSource, LoadDocuments } from './ports.js';
import type { Query } from './query.js';
import type { Document, Match } from './ranking.js';
import type { Ticket } from './ticket.js';
import { sectionsOf } from './units.js';

/** An article of the knowledge base, Markdown. */
export interface Article {
  /** Its file's name without the extension. */
  readonly id: string;
  readonly title: string;
  /** Tags and the like, which stand beside the text. Default: none. */
  readonly keywords?: string;
  /** At most `longestArticle` characters. */
  readonly markdown: string;
}

const excerptLimit = 3;
const quoteLength = { preferred: 150, longest: 220 };
const backgroundWords = 400;

/** Of the budget for all tenants: the index of one tenant's knowledge base. */
const budgetPart = 1 / 6;

/**
 * Articles of one tenant's knowledge base, in the order of their names until the budget ends. `load` is called at the first
 * search, and again after it failed or the index was evicted.
 *
 * @param budget default: no bounds
 */
export function createKnowledgeSource(
  load: LoadDocuments<Article>,
  budget: IndexBudget = unlimitedBudget,
): ContextSource {
  const loaded = createLoadedIndex({ load, toDocument: toArticleDocument, budget, part: budgetPart });

  async function search(ticket: Ticket): Promise<Excerpt[]> {
    const { index } = loaded;
    const query = index.query(ticket);
    const turns = createLoopTurns();
    const excerpts: Excerpt[] = [];
    for (const match of index.search(query, { limit: excerptLimit }))
      excerpts.push(await articleExcerpt(match, query, turns));
    return excerpts;
  }

  return {
    name: 'knowledge_base',
    documents: () => ({ used: loaded.index.size, skipped: loaded.skipped }),
    search: (ticket, signal) => loaded.use(() => search(ticket), signal),
  };
}

/** What is searched of an article. */
export function toArticleDocument({ id, title, keywords = '', markdown }: Article): Document {
  const headings = headingsOf(markdown.split('\n')).map(({ text }) => text);
  return { id, title, text: markdown, extra: [keywords, ...headings].join('\n') };
}

/** What a note quotes of an article, and what a model reads of it. */
export async function articleExcerpt(
  { document, probability, confidence }: Match<Document>,
  { searched }: Query,
  turns: LoopTurns,
): Promise<Excerpt> {
  const { id, title, text } = document;
  await turns.pause();
  const reading = readPlaced(text, 'markdown');
  await turns.pause();
  const divided = sectionsOf(reading);
  await turns.pause();
  const passage = bestPassage(divided, searched, quoteLength);
  await turns.pause();
  const background = bestUnits(divided, searched, backgroundWords);
  return {
    source: 'knowledge_base',
    id,
    title,
    quote: passage.text,
    background,
    detail: '',
    ...(passage.heading === '' ? {} : { section: passage.heading }),
    score: probability,
    confidence,
  };
}

import { bestParagraphs } from './paragraphs.js';
import { bestPassage, sentencesOf } from './passage.js';
import type { Excerpt } from './excerpt.js';
import { type IndexBudget, unlimitedBudget } from './index-budget.js';
import { createLoadedIndex } from './loaded-index.js';
import { createLoopTurns, type LoopTurns } from './loop-turns.js';
import type { ContextSource, LoadDocuments } from './ports.js';
import type { Document, Match, Query } from './retrieval.js';
import type { Ticket } from './ticket.js';
import { countWords, termsOf } from './tokenization.js';

/** An article of the knowledge base, Markdown. */
export interface Article {
  /** Its file's name without the extension. */
  readonly id: string;
  readonly title: string;
  /** At most `longestArticle` characters. */
  readonly markdown: string;
}

const excerptLimit = 3;
/** What follows an introduction is quoted whole up to this length, else its best part. */
const wholeQuoteWords = 120;
const quoteWords = 95;
const backgroundWords = 400;

/** Headings of sections that say what to do. */
const actionHeading =
  /\b(fix|resol|solution|steps?|what to do|how to|workaround|procedure|remedy|recover|repair|restore|do this)/i;

interface ArticleDocument extends Document {
  readonly sections: readonly Section[];
}

interface Section {
  readonly heading: string;
  readonly text: string;
}

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
      excerpts.push(await excerptOf(match, query, turns));
    return excerpts;
  }

  return {
    name: 'knowledge_base',
    documents: () => ({ used: loaded.index.size, skipped: loaded.skipped }),
    search: (ticket, signal) => loaded.use(() => search(ticket), signal),
  };
}

/** What is searched of an article. */
export function toArticleDocument({ id, title, markdown }: Article): ArticleDocument {
  const sections = sectionsOf(markdown);
  return {
    id,
    title,
    text: sections.map(({ text }) => text).join('\n'),
    extra: sections.map(({ heading }) => heading).join('\n'),
    sections,
  };
}

async function excerptOf(
  { document, probability, confidence }: Match<ArticleDocument>,
  query: Query,
  turns: LoopTurns,
): Promise<Excerpt> {
  await turns.pause();
  const section = bestSection(document.sections, query);
  await turns.pause();
  const quote = quoteOf(section, query);
  await turns.pause();
  const background = bestParagraphs(document.text, query.weights, backgroundWords);
  return {
    source: 'knowledge_base',
    id: document.id,
    title: document.title,
    quote,
    background,
    detail: section.heading === '' ? '' : `section “${section.heading}”`,
    score: probability,
    confidence,
  };
}

/** The reader of the note has the symptom in front of them: a section that says what to do is the one to quote. */
function bestSection(sections: readonly Section[], { weights }: Query): Section {
  const actions = sections.filter(({ heading }) => actionHeading.test(heading));
  const candidates = actions.length > 0 ? actions : sections;
  let best: Section = candidates[0] ?? { heading: '', text: '' };
  let bestEvidence = 0;
  for (const section of candidates) {
    const terms = new Set(termsOf(`${section.heading}\n${section.text}`));
    const evidence = [...terms].reduce((sum, term) => sum + (weights.get(term) ?? 0), 0);
    if (evidence > bestEvidence) {
      best = section;
      bestEvidence = evidence;
    }
  }
  return best;
}

function quoteOf({ text }: Section, { weights }: Query): string {
  const body = withoutIntroduction(text);
  return bestPassage(body, weights, countWords(body) <= wholeQuoteWords ? wholeQuoteWords : quoteWords);
}

/** How a sentence starts that tells somebody to do something. */
const instruction =
  /^(first |then |now )?(add|ask|book|call|change|check|choose|clear|click|connect|create|delete|disconnect|do|enter|find|go|hold|install|keep|log|look|make|open|plug|press|put|remove|reset|restart|run|scan|select|set|sign|start|stop|switch|turn|type|unplug|update|use|verify|wait)\b/i;

/**
 * An article's first paragraph tends to say what the ticket says. Then the reader needs what comes after it, if there
 * is enough of that.
 */
function withoutIntroduction(text: string): string {
  const [introduction = '', ...rest] = text.split(/\n\s*\n/);
  const remainder = rest.join('\n\n');
  if (countWords(introduction) > 45 || countWords(remainder) < 25) return text;
  return sentencesOf(introduction).some((sentence) => instruction.test(sentence)) ? text : remainder;
}

/** A heading's text: Markdown lets it end in marks like those that it begins with. */
export function withoutClosingMarks(heading: string): string {
  return heading
    .trim()
    .replace(/(?<!\S)#+$/, '')
    .trim();
}

/** Splits at headings and takes the Markdown marks off, so that a quote reads as text. */
function sectionsOf(markdown: string): Section[] {
  const sections: { heading: string; lines: string[] }[] = [{ heading: '', lines: [] }];
  let fenced = false;
  for (const line of markdown.split(/\r?\n/)) {
    if (/^\s*(```|~~~)/.test(line)) {
      fenced = !fenced;
      continue;
    }
    const heading = fenced ? undefined : /^#{1,6}\s(.*)$/.exec(line);
    if (heading) sections.push({ heading: plain(withoutClosingMarks(heading[1] ?? '')), lines: [] });
    else sections.at(-1)?.lines.push(fenced ? line.trim() : plain(line));
  }
  return sections
    .map(({ heading, lines }) => ({ heading, text: lines.join('\n').trim() }))
    .filter(({ text }) => text !== '');
}

function plain(line: string): string {
  return line
    .replace(/!?\[([^[\]]*)\]\([^()]*\)/g, '$1')
    .replace(/(\*\*|__|`)(.+?)\1/g, '$2')
    .replace(/^\s*>\s?/, '');
}

import { bestPassage } from './passage.js';
import type { Excerpt } from './excerpt.js';
import type { ContextSource } from './ports.js';
import { createRetrievalIndex, type Document, type Query } from './retrieval.js';
import { termsOf } from './tokenization.js';

/** An article of the knowledge base, Markdown. */
export interface Article {
  /** Its file's name without the extension. */
  readonly id: string;
  readonly title: string;
  readonly markdown: string;
}

const excerptLimit = 3;
const quoteWords = 70;

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

/** Articles of one tenant's knowledge base. `load` is called at the first search, and again after it failed. */
export function createKnowledgeSource(load: () => Promise<readonly Article[]>): ContextSource {
  const index = createRetrievalIndex<ArticleDocument>();
  let loading: Promise<void> | undefined;

  async function fill(): Promise<void> {
    for (const { id, title, markdown } of await load()) {
      const sections = sectionsOf(markdown);
      index.upsert({
        id,
        title,
        text: sections.map(({ text }) => text).join('\n'),
        extra: sections.map(({ heading }) => heading).join('\n'),
        sections,
      });
    }
  }

  return {
    name: 'knowledge_base',
    async search(ticket, signal) {
      loading ??= fill().catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
      await loading;
      signal.throwIfAborted();
      const query = index.query(ticket);
      return index.search(query, excerptLimit).map(({ document, score, relevance }): Excerpt => {
        const section = bestSection(document.sections, query);
        return {
          source: 'knowledge_base',
          id: document.id,
          title: document.title,
          quote: bestPassage(section.text, query.weights, quoteWords),
          detail: section.heading === '' ? '' : `section “${section.heading}”`,
          score,
          relevance,
        };
      });
    },
  };
}

/** Whoever reads the note has the symptom in front of them: a section that says what to do is the one to quote. */
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

/** Splits at headings and takes the Markdown marks off, so that a quote reads as text. */
export function sectionsOf(markdown: string): Section[] {
  const sections: { heading: string; lines: string[] }[] = [{ heading: '', lines: [] }];
  let fenced = false;
  for (const line of markdown.split(/\r?\n/)) {
    if (/^\s*(```|~~~)/.test(line)) {
      fenced = !fenced;
      continue;
    }
    const heading = fenced ? undefined : /^#{1,6}\s+(.*?)\s*#*$/.exec(line);
    if (heading) sections.push({ heading: plain(heading[1] ?? ''), lines: [] });
    else sections.at(-1)?.lines.push(fenced ? line.trim() : plain(line));
  }
  return sections
    .map(({ heading, lines }) => ({ heading, text: lines.join('\n').trim() }))
    .filter(({ text }) => text !== '');
}

function plain(line: string): string {
  return line
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/(\*\*|__|`)(.+?)\1/g, '$2')
    .replace(/^\s*>\s?/, '');
}

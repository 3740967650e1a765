import { performance } from 'node:perf_hooks';
import { createRandom } from '../../chaos/random.js';
import type { Excerpt } from '../../src/enhancement/excerpt.js';
import type { LanguageModel } from '../../src/enhancement/index.js';
import { articleExcerpt } from '../../src/enhancement/knowledge-source.js';
import { createLoopTurns } from '../../src/enhancement/loop-turns.js';
import { rerank } from '../../src/enhancement/rerank.js';
import { createRetrievalIndex } from '../../src/enhancement/retrieval.js';
import type { Ticket } from '../../src/enhancement/ticket.js';
import { sample } from '../retrieval/cases.js';
import type { Collection, Question } from '../retrieval/collections.js';
import { depth } from '../retrieval/rankers.js';

/** A question, with what retrieval finds for it. */
export interface Found {
  readonly question: Question;
  /** Ids, best first. */
  readonly ranked: readonly string[];
  /** The best ten of them, as a note's model reads them. */
  readonly excerpts: readonly Excerpt[];
}

/** As many as the service has a model order. */
const mostOrdered = 10;

/** What retrieval finds for so many questions of a collection, always the same ones. */
export async function foundIn(collection: Collection, mostQuestions: number): Promise<Found[]> {
  const index = createRetrievalIndex();
  for (const document of collection.documents) index.upsert(document);
  const found: Found[] = [];
  for (const question of sample(collection.questions, mostQuestions, createRandom(1))) {
    const query = index.query(question);
    const ranked = index.rank(query, { limit: depth, accepts: (id) => id !== question.itself });
    const excerpts: Excerpt[] = [];
    for (const { document } of ranked.slice(0, mostOrdered)) {
      // Neither figure is in what the model reads.
      const match = { document, probability: 0, confidence: 'possible' } as const;
      excerpts.push(await articleExcerpt(match, query, createLoopTurns()));
    }
    found.push({ question, ranked: ranked.map(({ document }) => document.id), excerpts });
  }
  return found;
}

/** Relevant documents before all others, as no model can do better. */
export function bestOrder({ question, ranked }: Found): string[] {
  const best = ranked.slice(0, mostOrdered);
  const isRelevant = (id: string): boolean => question.relevant.has(id);
  return [...best.filter(isRelevant), ...best.filter((id) => !isRelevant(id)), ...ranked.slice(mostOrdered)];
}

export interface Ordered {
  readonly ranked: readonly string[];
  readonly seconds: number;
  /** Of prompt and answer, as the endpoint counts them. */
  readonly tokens: number;
  /** Why the model's order was not used; undefined: it was. */
  readonly failure: unknown;
}

/** The order of a model, asked as the service does. */
export async function orderOf(model: LanguageModel, { question, ranked, excerpts }: Found): Promise<Ordered> {
  let tokens = 0;
  let failure: unknown;
  const observer = {
    tokensUsed(_: string, prompt: number, completion: number) {
      tokens += prompt + completion;
    },
    rerankFailed(error: unknown) {
      failure = error;
    },
  };
  const beganMs = performance.now();
  const signal = new AbortController().signal;
  const ordered = await rerank(
    { ticket: ticketOf(question), excerpts, model, timeoutMs: model.timeoutMs, observer },
    signal,
  );
  const seconds = (performance.now() - beganMs) / 1000;
  return { ranked: [...ordered.map(({ id }) => id), ...ranked.slice(mostOrdered)], seconds, tokens, failure };
}

function ticketOf({ subject, description }: Question): Ticket {
  return {
    tenantId: 'bench',
    ticketId: 'BENCH-1',
    subject,
    description,
    priority: 'medium',
    createdAt: '2026-01-01T00:00:00Z',
  };
}

import MiniSearch from 'minisearch';
import type { Document } from '../../src/enhancement/ranking.js';
import { createRetrievalIndex } from '../../src/enhancement/retrieval.js';
import type { Question } from './collections.js';

/** So many documents of a ranking are looked at. */
export const depth = 100;

/** Ranks documents for a question: their ids, best first. */
export interface Ranker {
  readonly name: string;
  over(documents: readonly Document[]): (question: Question) => string[];
}

export const ours: Ranker = {
  name: 'ticket-enhancer',
  over(documents) {
    const index = createRetrievalIndex();
    for (const document of documents) index.upsert(document);
    return (question) =>
      index
        .rank(index.query(question), { limit: depth, accepts: (id) => id !== question.itself })
        .map(({ document }) => document.id);
  },
};

const wordsIn = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

const empty = { frequencies: new Map<string, number>(), length: 0 };

/** BM25 as in the textbooks, over all words of title and text. */
export const plainBm25: Ranker = {
  name: 'plain BM25 (k1 1.2, b 0.75)',
  over(documents) {
    const counts = documents.map(({ title, text }) => {
      const frequencies = new Map<string, number>();
      const words = wordsIn(`${title}\n${text}`);
      for (const word of words) frequencies.set(word, (frequencies.get(word) ?? 0) + 1);
      return { frequencies, length: words.length };
    });
    const average = counts.reduce((sum, { length }) => sum + length, 0) / documents.length;
    const having = new Map<string, number[]>();
    counts.forEach(({ frequencies }, i) => {
      for (const word of frequencies.keys()) {
        const among = having.get(word);
        if (among === undefined) having.set(word, [i]);
        else among.push(i);
      }
    });
    return ({ subject, description, itself }) => {
      const scores = new Map<number, number>();
      for (const word of new Set(wordsIn(`${subject}\n${description}`))) {
        const among = having.get(word) ?? [];
        const rarity = Math.log(1 + (documents.length - among.length + 0.5) / (among.length + 0.5));
        for (const i of among) {
          const { frequencies, length } = counts[i] ?? empty;
          const frequency = frequencies.get(word) ?? 0;
          const score = (rarity * frequency * 2.2) / (frequency + 1.2 * (0.25 + (0.75 * length) / average));
          scores.set(i, (scores.get(i) ?? 0) + score);
        }
      }
      return [...scores]
        .sort(([, one], [, other]) => other - one)
        .map(([i]) => documents[i]?.id ?? '')
        .filter((id) => id !== itself)
        .slice(0, depth);
    };
  },
};

export const miniSearch: Ranker = {
  name: 'minisearch as it comes',
  over(documents) {
    const index = new MiniSearch<Document>({ fields: ['title', 'text'] });
    index.addAll(documents);
    return ({ subject, description, itself }) =>
      index
        .search(`${subject}\n${description}`)
        .map(({ id }) => String(id))
        .filter((id) => id !== itself)
        .slice(0, depth);
  },
};

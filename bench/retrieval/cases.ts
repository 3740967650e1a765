import { createRandom, type Random } from '../../chaos/random.js';
import type { Evidence } from '../../src/enhancement/confidence.js';
import { createRetrievalIndex } from '../../src/enhancement/retrieval.js';
import type { Collection } from './collections.js';

/** A document that was found for a question, what speaks for it, and whether it is relevant. */
export interface Case {
  readonly collection: Collection;
  /** The question, and whether it was asked with its relevant documents left out. */
  readonly asked: string;
  readonly answerable: boolean;
  readonly evidence: Evidence;
  readonly relevant: boolean;
}

/** As many as a note shows. */
const limit = 4;
/** Of a collection: more would not change a logistic regression of a dozen features. */
const mostQuestions = 800;

/** Each question is asked twice: with its relevant documents, and without them, when nothing should be shown. */
export function casesOf(collection: Collection): Case[] {
  const index = createRetrievalIndex();
  for (const document of collection.documents) index.upsert(document);
  const random = createRandom(1);
  const questions = sample(collection.questions, mostQuestions, random);
  return questions.flatMap((question, i) => {
    const query = index.query(question);
    const ways = question.relevant.size > 0 ? [true, false] : [false];
    return ways.flatMap((answerable) =>
      index
        .rank(query, {
          limit,
          accepts: (id) => id !== question.itself && (answerable || !question.relevant.has(id)),
        })
        .map(({ document, evidence }) => ({
          collection,
          asked: `${i} ${answerable}`,
          answerable,
          evidence,
          relevant: question.relevant.has(document.id),
        })),
    );
  });
}

/** Parts of a large collection, as small as many a tenant's: the evidence must not depend on the number of documents. */
export function smallerOnes(collection: Collection, documents: number, parts: number): Collection[] {
  const random = createRandom(2);
  return Array.from({ length: parts }, (_, part) => {
    const kept = sample(collection.documents, documents, random);
    const ids = new Set(kept.map(({ id }) => id));
    const questions = collection.questions
      .map((question) => ({ ...question, relevant: new Set([...question.relevant].filter((id) => ids.has(id))) }))
      .filter(({ relevant }) => relevant.size > 0);
    return {
      name: `${collection.name}, ${documents} documents, part ${part + 1}`,
      kind: collection.kind,
      documents: kept,
      questions: sample(questions, 150, random),
    };
  });
}

export function sample<T>(all: readonly T[], size: number, random: Random): T[] {
  return all
    .map((one) => ({ one, order: random() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, size)
    .map(({ one }) => one);
}

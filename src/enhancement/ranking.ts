import { type Confidence, confidenceOf, type Evidence, probabilityOf } from './confidence.js';
import { evidenceOf } from './evidence.js';
import { pairsOf, type Query } from './query.js';
import { inverseFrequency, rarityOf, type Statistics } from './rarity.js';
import { type IndexedField, mostFrequent } from './segments/segment-builder.js';
import { sum } from './sum.js';
import { termsOf } from './tokenization.js';

/** How documents are ranked for a ticket, wherever they are kept. */

/** What can be found. `title` weighs more than `text`; `extra` (tags, headings, other names) lies between. */
export interface Document {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly extra?: string;
}

export interface Candidate<D extends Document> {
  readonly document: D;
  /** BM25F. */
  readonly score: number;
}

export interface Ranked<D extends Document> {
  readonly document: D;
  readonly evidence: Evidence;
}

export interface Match<D extends Document> {
  readonly document: D;
  /** 0 to 1: how probable it is that the document helps; comparable between indexes. */
  readonly probability: number;
  readonly confidence: Confidence;
}

/** BM25F (Robertson, Zaragoza, Taylor 2004): the fields of a document are weighted before saturation. */
const k1 = 1.8;
const b = 0.75;
const fieldWeights = { title: 4, extra: 2, text: 1 } as const;
/** Of the stronger of two terms that follow one another in ticket and document. */
const pairWeight = 0.2;
/** The best so many documents are read again for pairs and evidence, so many characters of each, so many of all. */
export const mostRead = 20;
const readOfEach = 12_000;
const readOfAll = 60_000;

/** @returns what a term of this weight adds to the score of a document that has it so often and is so long */
export function scoring({ size, totalLength }: Statistics) {
  const perLength = (k1 * b * size) / totalLength;
  return (weight: number, frequency: number, length: number): number =>
    (weight * frequency * (k1 + 1)) / (frequency + k1 * (1 - b) + perLength * length);
}

/** BM25F of one document. */
export function scoreOf(document: Document, { searched }: Query, statistics: Statistics): number {
  const frequencies = frequenciesOf(document);
  const length = sum(frequencies.values());
  const adds = scoring(statistics);
  return sum(
    [...searched].map(([term, weight]) => adds(weight, Math.min(mostFrequent, frequencies.get(term) ?? 0), length)),
  );
}

/** The terms of a document, as they are indexed. */
export function fieldsOf({ title, extra = '', text }: Document): IndexedField[] {
  return [
    { terms: termsOf(title), weight: fieldWeights.title },
    { terms: termsOf(extra), weight: fieldWeights.extra },
    { terms: termsOf(text), weight: fieldWeights.text },
  ];
}

/** How often a document has each term, weighted by field. */
export function frequenciesOf(document: Document): Map<string, number> {
  const frequencies = new Map<string, number>();
  for (const { terms, weight } of fieldsOf(document)) {
    for (const term of terms) frequencies.set(term, (frequencies.get(term) ?? 0) + weight);
  }
  return frequencies;
}

/**
 * Orders the best documents anew by terms that follow one another, and tells what speaks for each of the best `limit`. Beyond the
 * twentieth they have no evidence.
 *
 * @param candidates best first
 */
export function judge<D extends Document>(
  candidates: readonly Candidate<D>[],
  query: Query,
  limit: number,
  statistics: Statistics,
): Ranked<D>[] {
  const read = (text: string): string[] => termsOf(text).map((term) => query.standsFor.get(term) ?? term);
  let charactersLeft = readOfAll;
  const ranked = candidates
    .map(({ document, score }, place) => {
      const text = [document.title, document.extra ?? '', document.text].join('\n').slice(0, readOfEach);
      charactersLeft -= text.length;
      const terms = place < mostRead && charactersLeft >= 0 ? read(text) : [];
      return { document, terms: new Set(terms), length: terms.length, score: score + pairScore(terms, query) };
    })
    .sort(byScore);
  const scoreAt = (place: number): number => ranked[place]?.score ?? 0;
  const ranking = {
    bestScore: scoreAt(0),
    secondScore: scoreAt(1),
    rarity: (term: string): number => rarityOf(term, statistics),
    unknownRarity: inverseFrequency(0, statistics),
  };
  return ranked.slice(0, limit).map(({ document, ...found }) => ({
    document,
    evidence: evidenceOf(query.weights, { ...found, title: new Set(read(document.title)) }, ranking),
  }));
}

/** Those that are worth showing. */
export function matchesOf<D extends Document>(ranked: readonly Ranked<D>[]): Match<D>[] {
  return ranked.flatMap(({ document, evidence }) => {
    const probability = probabilityOf(evidence);
    const confidence = confidenceOf(probability);
    return confidence === undefined ? [] : [{ document, probability, confidence }];
  });
}

function pairScore(terms: readonly string[], { weights, pairs }: Query): number {
  const shared = new Set(pairsOf(terms).filter((pair) => pairs.has(pair)));
  return sum(
    [...shared].map((pair) => Math.max(...pair.split(' ').map((term) => weights.get(term) ?? 0)) * pairWeight),
  );
}

export const byScore = (one: { readonly score: number }, other: { readonly score: number }): number =>
  other.score - one.score;

import { type Confidence, confidenceOf, type Evidence, probabilityOf } from './confidence.js';
import { evidenceOf, sum, unknownPart } from './evidence.js';
import { lastPartOf, meantBy } from './misspellings.js';
import { mostFrequent } from './segments/segment-builder.js';
import { searchedText } from './text-bounds.js';
import type { Ticket } from './ticket.js';
import { termOf, termsOf, wordsOf } from './tokenization.js';

/** How documents are ranked for a ticket, wherever they are kept. */

/** What can be found. `title` weighs more than `text`; `extra` (tags, headings, other names) lies between. */
export interface Document {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly extra?: string;
}

/** What is known of all documents of a tenant together. */
export interface Statistics {
  readonly size: number;
  /** Of all documents, in weighted terms. */
  readonly totalLength: number;
  /** Documents that have the term. */
  countOf(term: string): number;
}

export interface Query {
  /** How much each term tells, higher is more: its rarity, multiplied if it is in the subject. */
  readonly weights: ReadonlyMap<string, number>;
  /** Terms that follow one another in the ticket. */
  readonly pairs: ReadonlySet<string>;
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
/** Terms of the subject: the requester's own summary. */
const subjectWeight = 3;
/** Of the stronger of two terms that follow one another in ticket and document. */
const pairWeight = 0.2;
/** The best so many documents are read again for pairs and evidence, so many characters of each, so many of all. */
export const mostRead = 20;
const readOfEach = 12_000;
const readOfAll = 60_000;
/**
 * As if so many more documents had none of the terms: in a history of three tickets, all about the VPN, "VPN" would
 * otherwise tell nothing.
 */
const unseenDocuments = 30;
/** A search looks at no more postings than this, some milliseconds' worth. The rarest terms, which tell most, come first. */
const mostPostings = 500_000;

/** Letters and a number, joined: `INC-0042`, `vps-2041`. */
const code = /(?<![\p{L}\p{N}])[\p{L}\p{N}]+(?:[-_.][\p{L}\p{N}]+){0,9}[-_.]\d[\p{L}\p{N}]*/gu;

/** Words of a ticket that no document has and of which some hundred other forms are looked up. */
const mostCorrections = 20;

/** What texts share by chance: numbers of one or two digits, and the letters in which Japanese writes the ends of words. */
const weak = /^(?:\d{1,2}|\p{Script=Hiragana}{2})$/u;
const weakPart = 0.15;

/** How much a term tells: its inverse document frequency as in BM25, and of a weak one a part of that. */
function rarityOf(term: string, statistics: Statistics): number {
  const rarity = inverseFrequency(statistics.countOf(term), statistics);
  return weak.test(term) ? weakPart * rarity : rarity;
}

function inverseFrequency(count: number, { size }: Statistics): number {
  return Math.log(1 + (size + unseenDocuments - count + 0.5) / (count + 0.5));
}

export function queryOf(ticket: Pick<Ticket, 'subject' | 'description'>, statistics: Statistics): Query {
  const searched = searchedText(ticket);
  const rarity = (term: string): number => rarityOf(term, statistics);
  let correctionsLeft = mostCorrections;
  const meant = (word: string): string => {
    const term = termOf(word);
    if (statistics.countOf(term) > 0 || correctionsLeft-- <= 0) return term;
    const countOf = (other: string): number => statistics.countOf(termOf(other));
    return termOf(meantBy(word, countOf) ?? lastPartOf(word, countOf) ?? word);
  };
  const known = (text: string): string[] => {
    const isStrangeCode = strangeCodesIn(text, statistics);
    return wordsOf(text)
      .filter((word) => !isStrangeCode(word))
      .map(meant);
  };
  const [subject, description] = [known(searched.subject), known(searched.description)];
  const weights = new Map(description.map((term) => [term, rarity(term)]));
  for (const term of subject) weights.set(term, rarity(term) * subjectWeight);
  moderateUnknown(weights, statistics);
  let postingsLeft = mostPostings;
  const affordable = [...weights]
    .sort(([, one], [, other]) => other - one)
    .filter(([term]) => (postingsLeft -= statistics.countOf(term)) >= 0);
  return { weights: new Map(affordable), pairs: new Set([...pairsOf(subject), ...pairsOf(description)]) };
}

/** A number, a date, a ticket's id: most tickets have some, and what no document has of them tells nothing of the topic. */
function strangeCodesIn(text: string, statistics: Statistics): (word: string) => boolean {
  const parts = new Set([...text.matchAll(code)].flatMap(([whole]) => wordsOf(whole)));
  return (word) => (/\d/.test(word) || parts.has(word)) && statistics.countOf(termOf(word)) === 0;
}

/** A term that no document has, as rare as it is, would outweigh all others: it weighs a part of what they do on average. */
function moderateUnknown(weights: Map<string, number>, statistics: Statistics): void {
  const isKnown = (term: string): boolean => statistics.countOf(term) > 0;
  const known = [...weights].filter(([term]) => isKnown(term));
  if (known.length === 0) return;
  const average = sum(known.map(([, weight]) => weight)) / known.length;
  for (const [term, weight] of weights) if (!isKnown(term)) weights.set(term, unknownPart * Math.min(weight, average));
}

/** @returns what a term of this weight adds to the score of a document that has it so often and is so long */
export function scoring({ size, totalLength }: Statistics) {
  const perLength = (k1 * b * size) / totalLength;
  return (weight: number, frequency: number, length: number): number =>
    (weight * frequency * (k1 + 1)) / (frequency + k1 * (1 - b) + perLength * length);
}

/** BM25F of one document. */
export function scoreOf(document: Document, { weights }: Query, statistics: Statistics): number {
  const frequencies = frequenciesOf(document);
  const length = sum(frequencies.values());
  const adds = scoring(statistics);
  return sum(
    [...weights].map(([term, weight]) => adds(weight, Math.min(mostFrequent, frequencies.get(term) ?? 0), length)),
  );
}

/** How often a document has each term, weighted by field. */
export function frequenciesOf({ title, extra = '', text }: Document): Map<string, number> {
  const frequencies = new Map<string, number>();
  for (const [name, field] of Object.entries({ title, extra, text }) as [keyof typeof fieldWeights, string][]) {
    for (const term of termsOf(field)) frequencies.set(term, (frequencies.get(term) ?? 0) + fieldWeights[name]);
  }
  return frequencies;
}

/**
 * Orders the best documents anew by terms that follow one another, and tells what speaks for each of the best `limit`. Beyond the
 * twentieth they have no evidence.
 *
 * @param candidates best first, one more than `limit` where there are so many
 */
export function judge<D extends Document>(
  candidates: readonly Candidate<D>[],
  query: Query,
  limit: number,
  statistics: Statistics,
): Ranked<D>[] {
  let charactersLeft = readOfAll;
  const read = candidates
    .map(({ document, score }, place) => {
      const text = [document.title, document.extra ?? '', document.text].join('\n').slice(0, readOfEach);
      charactersLeft -= text.length;
      const terms = place < mostRead && charactersLeft >= 0 ? termsOf(text) : [];
      return { document, terms: new Set(terms), length: terms.length, score: score + pairScore(terms, query) };
    })
    .sort(byScore);
  const scoreAt = (place: number): number => read[place]?.score ?? 0;
  const ranking = {
    bestScore: scoreAt(0),
    secondScore: scoreAt(1),
    nextScore: scoreAt(limit),
    rarity: (term: string): number => rarityOf(term, statistics),
    unknownRarity: inverseFrequency(0, statistics),
  };
  return read.slice(0, limit).map(({ document, ...found }) => ({
    document,
    evidence: evidenceOf(query.weights, { title: document.title, ...found }, ranking),
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

const pairsOf = (terms: readonly string[]): string[] =>
  terms.slice(1).map((term, before) => `${terms[before] ?? ''} ${term}`);

function pairScore(terms: readonly string[], { weights, pairs }: Query): number {
  const shared = new Set(pairsOf(terms).filter((pair) => pairs.has(pair)));
  return sum(
    [...shared].map((pair) => Math.max(...pair.split(' ').map((term) => weights.get(term) ?? 0)) * pairWeight),
  );
}

export const byScore = (one: { readonly score: number }, other: { readonly score: number }): number =>
  other.score - one.score;

import { type Confidence, confidenceOf, type Evidence, probabilityOf } from './confidence.js';
import { evidenceOf, sum, unknownPart } from './evidence.js';
import { createPostings } from './postings.js';
import { searchedText } from './text-bounds.js';
import type { Ticket } from './ticket.js';
import { meantBy } from './misspellings.js';
import { termOf, termsOf, wordsOf } from './tokenization.js';

/** What can be found. `title` weighs more than `text`; `extra` (tags, headings, other names) lies between. */
export interface Document {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly extra?: string;
}

export interface Query {
  /** How much each term tells, higher is more: its rarity, multiplied if it is in the subject. */
  readonly weights: ReadonlyMap<string, number>;
  /** Terms that follow one another in the ticket. */
  readonly pairs: ReadonlySet<string>;
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

export interface SearchOptions<D extends Document> {
  readonly limit: number;
  /** Default: every document. */
  readonly accepts?: (document: D) => boolean;
}

export interface RetrievalIndex<D extends Document> {
  readonly size: number;
  /** What it takes of the heap, texts included; a close estimate. */
  readonly bytes: number;
  upsert(document: D): void;
  remove(id: string): void;
  clear(): void;
  query(ticket: Pick<Ticket, 'subject' | 'description'>): Query;
  /** Documents that share terms with the query, best first. Beyond the twentieth they have no evidence. */
  rank(query: Query, options: SearchOptions<D>): Ranked<D>[];
  /** Those of the best `limit` that are worth showing. */
  search(query: Query, options: SearchOptions<D>): Match<D>[];
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
const mostRead = 20;
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
const code = /[\p{L}\p{N}]+(?:[-_.][\p{L}\p{N}]+){0,9}[-_.]\d[\p{L}\p{N}]*/gu;

/** Words of a ticket that no document has and that are looked up with one slip corrected, some hundred forms of each. */
const mostCorrections = 20;

/** What a document takes of the heap besides its postings, in bytes, as `npm run bench:index-memory` measures it. */
const documentBytes = 600;
const characterBytes = 2;

interface Entry<D> {
  readonly document: D;
  /** In weighted terms. */
  readonly length: number;
}

interface Candidate<D> {
  readonly document: D;
  readonly score: number;
}

/** Ranks one tenant's documents, in memory. Not shared between tenants: neither texts nor term statistics are. */
export function createRetrievalIndex<D extends Document>(): RetrievalIndex<D> {
  const postings = createPostings();
  const slots = new Map<string, number>();
  const entries: (Entry<D> | undefined)[] = [];
  const freeSlots: number[] = [];
  let totalLength = 0;
  let ownBytes = 0;

  function upsert(document: D): void {
    remove(document.id);
    const slot = freeSlots.pop() ?? entries.length;
    const frequencies = frequenciesOf(document);
    const length = sum(frequencies.values());
    postings.add(slot, frequencies);
    entries[slot] = { document, length };
    slots.set(document.id, slot);
    totalLength += length;
    ownBytes += bytesOf(document);
  }

  function remove(id: string): void {
    const slot = slots.get(id);
    const entry = slot === undefined ? undefined : entries[slot];
    if (slot === undefined || entry === undefined) return;
    // The terms are found anew: kept, they would double the index.
    postings.remove(slot, frequenciesOf(entry.document).keys());
    entries[slot] = undefined;
    freeSlots.push(slot);
    slots.delete(id);
    totalLength -= entry.length;
    ownBytes -= bytesOf(entry.document);
  }

  /** Inverse document frequency as in BM25. */
  function rarityOf(count: number): number {
    return Math.log(1 + (slots.size + unseenDocuments - count + 0.5) / (count + 0.5));
  }
  const rarity = (term: string): number => rarityOf(postings.countOf(term));

  /** A number, a date, a ticket's id: most tickets have some, and what no document has of them tells nothing of the topic. */
  function strangeCodesIn(text: string): (word: string) => boolean {
    const parts = new Set([...text.matchAll(code)].flatMap(([whole]) => wordsOf(whole)));
    return (word) => (/\d/.test(word) || parts.has(word)) && postings.countOf(termOf(word)) === 0;
  }

  function query(ticket: Pick<Ticket, 'subject' | 'description'>): Query {
    const searched = searchedText(ticket);
    let correctionsLeft = mostCorrections;
    const meant = (word: string): string => {
      const term = termOf(word);
      if (postings.countOf(term) > 0 || correctionsLeft-- <= 0) return term;
      return termOf(meantBy(word, (other) => postings.countOf(termOf(other))) ?? word);
    };
    const known = (text: string): string[] => {
      const isStrangeCode = strangeCodesIn(text);
      return wordsOf(text)
        .filter((word) => !isStrangeCode(word))
        .map(meant);
    };
    const [subject, description] = [known(searched.subject), known(searched.description)];
    const weights = new Map(description.map((term) => [term, rarity(term)]));
    for (const term of subject) weights.set(term, rarity(term) * subjectWeight);
    moderateUnknown(weights);
    let postingsLeft = mostPostings;
    const affordable = [...weights]
      .sort(([, one], [, other]) => other - one)
      .filter(([term]) => (postingsLeft -= postings.countOf(term)) >= 0);
    return {
      weights: new Map(affordable),
      pairs: new Set([...pairsOf(subject), ...pairsOf(description)]),
    };
  }

  /** A term that no document has, as rare as it is, would outweigh all others: it weighs a part of what they do on average. */
  function moderateUnknown(weights: Map<string, number>): void {
    const isKnown = ([term]: readonly [string, number]): boolean => postings.countOf(term) > 0;
    const known = [...weights].filter(isKnown);
    if (known.length === 0) return;
    const average = sum(known.map(([, weight]) => weight)) / known.length;
    for (const [term, weight] of weights)
      if (!isKnown([term, weight])) weights.set(term, unknownPart * Math.min(weight, average));
  }

  function candidates({ weights }: Query, { limit, accepts = () => true }: SearchOptions<D>): Candidate<D>[] {
    const scores = new Float64Array(entries.length);
    const perLength = (k1 * b * slots.size) / totalLength;
    for (const [term, weight] of weights) {
      postings.forEach(term, (slot, frequency) => {
        const norm = k1 * (1 - b) + perLength * (entries[slot]?.length ?? 0);
        scores[slot] = (scores[slot] ?? 0) + (weight * frequency * (k1 + 1)) / (frequency + norm);
      });
    }
    const wanted = Math.max(mostRead, limit + 1);
    let found: Candidate<D>[] = [];
    let least = 0;
    for (const [slot, score] of scores.entries()) {
      const document = score > least ? entries[slot]?.document : undefined;
      if (document === undefined || !accepts(document)) continue;
      found.push({ document, score });
      // Most of thousands of documents are never sorted.
      if (found.length < 4 * wanted) continue;
      found = found.sort(byScore).slice(0, wanted);
      least = found.at(-1)?.score ?? 0;
    }
    return found.sort(byScore).slice(0, wanted);
  }

  function rank(query: Query, options: SearchOptions<D>): Ranked<D>[] {
    let charactersLeft = readOfAll;
    const read = candidates(query, options)
      .map(({ document, score }, place) => {
        const text = [document.title, document.extra ?? '', document.text].join('\n').slice(0, readOfEach);
        charactersLeft -= text.length;
        const terms = place < mostRead && charactersLeft >= 0 ? termsOf(text) : [];
        return { document, terms: new Set(terms), score: score + pairScore(terms, query) };
      })
      .sort(byScore);
    const scoreAt = (place: number): number => read[place]?.score ?? 0;
    const ranking = {
      bestScore: scoreAt(0),
      nextScore: scoreAt(options.limit),
      rarity,
      unknownRarity: rarityOf(0),
    };
    return read.slice(0, options.limit).map(({ document, terms, score }) => ({
      document,
      evidence: evidenceOf(query.weights, { title: document.title, terms, score }, ranking),
    }));
  }

  return {
    get size() {
      return slots.size;
    },
    get bytes() {
      return postings.bytes + ownBytes;
    },
    upsert,
    remove,
    clear() {
      postings.clear();
      slots.clear();
      entries.length = 0;
      freeSlots.length = 0;
      totalLength = 0;
      ownBytes = 0;
    },
    query,
    rank,
    search: (query, options) =>
      rank(query, options).flatMap(({ document, evidence }) => {
        const probability = probabilityOf(evidence);
        const confidence = confidenceOf(probability);
        return confidence === undefined ? [] : [{ document, probability, confidence }];
      }),
  };
}

function frequenciesOf({ title, extra = '', text }: Document): Map<string, number> {
  const frequencies = new Map<string, number>();
  for (const [name, field] of Object.entries({ title, extra, text }) as [keyof typeof fieldWeights, string][]) {
    for (const term of termsOf(field)) frequencies.set(term, (frequencies.get(term) ?? 0) + fieldWeights[name]);
  }
  return frequencies;
}

function bytesOf({ title, extra = '', text }: Document): number {
  return documentBytes + characterBytes * (title.length + extra.length + text.length);
}

const pairsOf = (terms: readonly string[]): string[] =>
  terms.slice(1).map((term, before) => `${terms[before] ?? ''} ${term}`);

function pairScore(terms: readonly string[], { weights, pairs }: Query): number {
  const shared = new Set(pairsOf(terms).filter((pair) => pairs.has(pair)));
  return sum(
    [...shared].map((pair) => Math.max(...pair.split(' ').map((term) => weights.get(term) ?? 0)) * pairWeight),
  );
}

const byScore = (one: { readonly score: number }, other: { readonly score: number }): number => other.score - one.score;

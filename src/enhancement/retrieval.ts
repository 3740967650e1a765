import MiniSearch from 'minisearch';
import { searchedText } from './text-bounds.js';
import type { Ticket } from './ticket.js';
import { termsOf } from './tokenization.js';

/** What can be found. `title` weighs more than `text`; `extra` (tags, other names) lies between. */
export interface Document {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly extra?: string;
}

export interface Query {
  /** How much each term tells, higher is more: its inverse document frequency, doubled if it is in the subject. */
  readonly weights: ReadonlyMap<string, number>;
  readonly subject: ReadonlySet<string>;
}

export interface Match<D extends Document> {
  readonly document: D;
  /** 0..1: how much of what is distinctive in the ticket the document has, and how close to the best match it comes. */
  readonly score: number;
}

export interface RetrievalIndex<D extends Document> {
  readonly size: number;
  /** What it takes of the heap, texts included; a close estimate. */
  readonly bytes: number;
  upsert(document: D): void;
  remove(id: string): void;
  clear(): void;
  query(ticket: Pick<Ticket, 'subject' | 'description'>): Query;
  /** Best first. What shares too little with the ticket to be of use is left out. */
  search(query: Query, limit: number): Match<D>[];
}

/** The most telling terms of a long ticket; more would cost time and add noise. */
const longestQuery = 48;
/** Terms of the subject: the requester's own summary. */
const subjectBoost = 2;
/**
 * Two rare terms, or several common ones, must agree. Below this two tickets share wording, not a problem. In units of
 * the rarest term's weight, so that it holds for ten documents as for ten thousand.
 */
const minimumEvidence = 1.7;
/** Evidence that leaves no doubt; score 1. */
const fullEvidence = 6;

/**
 * As if so many more documents had none of the terms: in a history of three tickets, all about the VPN, "VPN" would
 * otherwise tell nothing.
 */
const unseenDocuments = 30;

/**
 * What an index takes of the heap, in bytes, as `npm run bench:index-memory` measures it (docs/scaling.md): a term that no
 * other document has costs far more than its text, so that bytes of text alone bound nothing.
 */
const heapBytes = { document: 1200, term: 700, posting: 42, character: 2 } as const;

/**
 * A search looks at no more documents than this over all its terms, those counted once for each term that they have: 50 ms
 * of a slow machine. The rarest terms, which tell most, come first.
 */
const mostPostings = 10_000;

interface Indexed {
  readonly id: string;
  /** Terms, each followed by a space but the last. */
  readonly title: string;
  readonly text: string;
  readonly extra: string;
}

/** From this length on V8 makes a part of a text a view of the whole, which then stays in memory with it. */
const shortestView = 13;

function splitTerms(terms: string): string[] {
  if (terms === '') return [];
  return terms.split(' ').map((term) => (term.length < shortestView ? term : Buffer.from(term).toString()));
}

/** BM25 over one tenant's documents, in memory. Not shared between tenants: neither texts nor term statistics are. */
export function createRetrievalIndex<D extends Document>(): RetrievalIndex<D> {
  const index = new MiniSearch<Indexed>({
    fields: ['title', 'text', 'extra'],
    tokenize: splitTerms,
    processTerm: (term) => term,
    searchOptions: { tokenize: splitTerms, boost: { title: 2.5, extra: 1.5 } },
    // Documents are removed whole, not swept later: what the index takes is known at any moment.
    autoVacuum: false,
  });
  const documents = new Map<string, D>();
  const documentFrequency = new Map<string, number>();
  let bytes = 0;

  /** Adds or takes off a document's terms. Terms of removed documents are made again: keeping them would double the index. */
  function count(indexed: Indexed, document: D, by: 1 | -1): void {
    const fields = [indexed.title, indexed.text, indexed.extra].map((terms) => new Set(splitTerms(terms)));
    let cost: number = heapBytes.document;
    cost += heapBytes.character * (document.title.length + document.text.length + (document.extra ?? '').length);
    for (const field of fields) cost += heapBytes.posting * field.size;
    for (const term of new Set(fields.flatMap((field) => [...field]))) {
      const frequency = (documentFrequency.get(term) ?? 0) + by;
      if (frequency === 0) documentFrequency.delete(term);
      else documentFrequency.set(term, frequency);
      if (frequency === (by === 1 ? 1 : 0)) cost += heapBytes.term;
    }
    bytes += by * cost;
  }

  function remove(id: string): void {
    const known = documents.get(id);
    if (known === undefined) return;
    const indexed = toIndexed(known);
    documents.delete(id);
    count(indexed, known, -1);
    index.remove(indexed);
  }

  /** 1 for a term that a single document has, falling to 0 for one that all of many have. */
  function rarity(term: string): number {
    const frequency = documentFrequency.get(term);
    if (frequency === undefined) return 0;
    const total = documents.size + unseenDocuments;
    return Math.log(total / frequency) / Math.log(total);
  }

  /** The strongest first. */
  function affordable(terms: readonly [string, number][]): [string, number][] {
    let postings = 0;
    return terms.slice(0, longestQuery).filter(([term]) => {
      const more = documentFrequency.get(term) ?? 0;
      if (postings + more > mostPostings) return false;
      postings += more;
      return true;
    });
  }

  return {
    get size() {
      return documents.size;
    },
    get bytes() {
      return bytes;
    },
    remove,
    upsert(document) {
      remove(document.id);
      const indexed = toIndexed(document);
      documents.set(document.id, document);
      count(indexed, document, 1);
      index.add(indexed);
    },
    clear() {
      documents.clear();
      documentFrequency.clear();
      index.removeAll();
      bytes = 0;
    },
    query(ticket) {
      const { subject, description } = searchedText(ticket);
      const weights = new Map<string, number>();
      const inSubject = new Set(termsOf(subject));
      for (const term of termsOf(description)) weights.set(term, rarity(term));
      for (const term of inSubject) weights.set(term, rarity(term) * subjectBoost);
      const strongest = [...weights].filter(([, weight]) => weight > 0).sort(([, a], [, b]) => b - a);
      return { weights: new Map(affordable(strongest)), subject: inSubject };
    },
    search({ weights, subject }, limit) {
      if (weights.size === 0) return [];
      const results = index.search([...weights.keys()].join(' '), {
        boostTerm: (term) => (subject.has(term) ? subjectBoost : 1),
      });
      const bestBm25 = results[0]?.score ?? 1;
      const matches: Match<D>[] = [];
      for (const { id, score: bm25, terms } of results) {
        const document = documents.get(String(id));
        const evidence = terms.reduce((sum, term) => sum + (weights.get(term) ?? 0), 0);
        if (document === undefined || terms.length < 2 || evidence < minimumEvidence) continue;
        // BM25 knows where and how often a term stands, but has no scale; its root keeps the order without the distances.
        const closeness = Math.sqrt(bm25 / bestBm25);
        matches.push({ document, score: Math.min(1, evidence / fullEvidence) * closeness });
      }
      return matches.sort((a, b) => b.score - a.score).slice(0, limit);
    },
  };
}

function toIndexed({ id, title, text, extra = '' }: Document): Indexed {
  const terms = (of: string): string => termsOf(of).join(' ');
  return { id, title: terms(title), text: terms(text), extra: terms(extra) };
}

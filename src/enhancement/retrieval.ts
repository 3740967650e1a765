import MiniSearch from 'minisearch';
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

/** BM25 over one tenant's documents, in memory. Not shared between tenants: neither texts nor term statistics are. */
export function createRetrievalIndex<D extends Document>(): RetrievalIndex<D> {
  const index = new MiniSearch<{ id: string; title: string; text: string; extra: string }>({
    fields: ['title', 'text', 'extra'],
    tokenize: termsOf,
    processTerm: (term) => term,
    searchOptions: { tokenize: (text) => text.split(' '), boost: { title: 2.5, extra: 1.5 } },
    // Deleted documents are swept by us after many, not in a timer that would outlive its index.
    autoVacuum: false,
  });
  const documents = new Map<string, { document: D; terms: ReadonlySet<string> }>();
  const documentFrequency = new Map<string, number>();

  function count(terms: ReadonlySet<string>, by: 1 | -1): void {
    for (const term of terms) {
      const frequency = (documentFrequency.get(term) ?? 0) + by;
      if (frequency > 0) documentFrequency.set(term, frequency);
      else documentFrequency.delete(term);
    }
  }

  function remove(id: string): void {
    const known = documents.get(id);
    if (known === undefined) return;
    documents.delete(id);
    count(known.terms, -1);
    index.discard(id);
    // Discarded documents stay in the term lists until swept; a quarter of dead weight is the point to do it.
    if (index.dirtCount > 100 && index.dirtFactor > 0.25) void index.vacuum({ batchSize: 1000, batchWait: 0 });
  }

  /** 1 for a term that a single document has, falling to 0 for one that all of many have. */
  function rarity(term: string): number {
    const frequency = documentFrequency.get(term);
    if (frequency === undefined) return 0;
    const total = documents.size + unseenDocuments;
    return Math.log(total / frequency) / Math.log(total);
  }

  return {
    get size() {
      return documents.size;
    },
    remove,
    upsert(document) {
      remove(document.id);
      const { id, title, text, extra = '' } = document;
      const terms = new Set(termsOf(`${title}\n${text}\n${extra}`));
      documents.set(id, { document, terms });
      count(terms, 1);
      index.add({ id, title, text, extra });
    },
    clear() {
      documents.clear();
      documentFrequency.clear();
      index.removeAll();
    },
    query({ subject, description }) {
      const weights = new Map<string, number>();
      const inSubject = new Set(termsOf(subject));
      for (const term of termsOf(description)) weights.set(term, rarity(term));
      for (const term of inSubject) weights.set(term, rarity(term) * subjectBoost);
      const strongest = [...weights].filter(([, weight]) => weight > 0).sort(([, a], [, b]) => b - a);
      return { weights: new Map(strongest.slice(0, longestQuery)), subject: inSubject };
    },
    search({ weights, subject }, limit) {
      if (weights.size === 0) return [];
      const results = index.search([...weights.keys()].join(' '), {
        boostTerm: (term) => (subject.has(term) ? subjectBoost : 1),
      });
      const bestBm25 = results[0]?.score ?? 1;
      const matches: Match<D>[] = [];
      for (const { id, score: bm25, terms } of results) {
        const known = documents.get(String(id));
        const evidence = terms.reduce((sum, term) => sum + (weights.get(term) ?? 0), 0);
        if (known === undefined || terms.length < 2 || evidence < minimumEvidence) continue;
        // BM25 knows where and how often a term stands, but has no scale; its root keeps the order without the distances.
        const closeness = Math.sqrt(bm25 / bestBm25);
        matches.push({ document: known.document, score: Math.min(1, evidence / fullEvidence) * closeness });
      }
      return matches.sort((a, b) => b.score - a.score).slice(0, limit);
    },
  };
}

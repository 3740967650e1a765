import {
  byScore,
  type Candidate,
  type Document,
  fieldsOf,
  judge,
  type Match,
  matchesOf,
  mostRead,
  type Ranked,
  scoring,
} from './ranking.js';
import { type Query, queryOf } from './query.js';
import { createSegmentedDocuments, type SegmentedDocuments } from './segments/segmented-documents.js';
import type { Ticket } from './ticket.js';

export interface SearchOptions {
  readonly limit: number;
  /** Default: every document. */
  readonly accepts?: (id: string) => boolean;
}

/** How documents are kept in the index: as texts. */
export interface DocumentForm<D extends Document> {
  write(document: D): string;
  /** @throws when the text is not what `write` made of a document */
  read(text: string): D;
}

export interface RetrievalIndex<D extends Document> {
  readonly size: number;
  /** What it takes of this process's memory, texts included. */
  readonly bytes: number;
  readonly documents: SegmentedDocuments;
  upsert(document: D): void;
  remove(id: string): void;
  clear(): void;
  query(ticket: Pick<Ticket, 'subject' | 'description'>, options?: { readonly isWhole: boolean }): Query;
  /** Documents that share terms with the query, best first. Beyond the twentieth they have no evidence. */
  rank(query: Query, options: SearchOptions): Ranked<D>[];
  /** Those of the best `limit` that are worth showing. */
  search(query: Query, options: SearchOptions): Match<D>[];
}

interface Scored {
  readonly slot: number;
  readonly score: number;
}

/**
 * Ranks one tenant's documents. Not shared between tenants: neither texts nor term statistics are.
 *
 * @param form Default: the whole document as JSON
 */
export function createRetrievalIndex<D extends Document>(form: DocumentForm<D> = asJson()): RetrievalIndex<D> {
  const documents = createSegmentedDocuments();

  function candidates({ searched }: Query, { limit, accepts = () => true }: SearchOptions): Candidate<D>[] {
    const scores = new Float64Array(documents.slots);
    const scoreOf = scoring(documents);
    for (const [term, weight] of searched) {
      documents.forEach(term, (slot, frequency, length) => {
        scores[slot] = (scores[slot] ?? 0) + scoreOf(weight, frequency, length);
      });
    }
    const wanted = Math.max(mostRead, limit);
    let found: Scored[] = [];
    let least = 0;
    for (const [slot, score] of scores.entries()) {
      if (score <= least || !accepts(documents.idOf(slot))) continue;
      found.push({ slot, score });
      // Most of thousands of documents are never sorted.
      if (found.length < 4 * wanted) continue;
      found = found.sort(byScore).slice(0, wanted);
      least = found.at(-1)?.score ?? 0;
    }
    return found
      .sort(byScore)
      .slice(0, wanted)
      .map(({ slot, score }) => ({ document: form.read(documents.textOf(slot)), score }));
  }

  const rank = (query: Query, options: SearchOptions): Ranked<D>[] =>
    judge(candidates(query, options), query, options.limit, documents);

  return {
    get size() {
      return documents.size;
    },
    get bytes() {
      return documents.held;
    },
    documents,
    upsert: (document) => documents.add({ id: document.id, text: form.write(document), fields: fieldsOf(document) }),
    remove: documents.remove,
    clear: () => documents.reset([]),
    query: (ticket, options) => queryOf(ticket, documents, options),
    rank,
    search: (query, options) => matchesOf(rank(query, options)),
  };
}

/** The index checks what it reads: another form would be a fault of this program. */
function asJson<D extends Document>(): DocumentForm<D> {
  return { write: (document) => JSON.stringify(document), read: (text) => JSON.parse(text) };
}

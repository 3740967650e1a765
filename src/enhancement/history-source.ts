import { bestParagraphs } from './paragraphs.js';
import { bestPassage, cutToWords } from './passage.js';
import type { Excerpt } from './excerpt.js';
import type { ContextSource, HistoryCursor, TicketHistory } from './ports.js';
import { createRetrievalIndex, type Document } from './retrieval.js';
import type { ResolvedTicket } from './ticket.js';
import { countWords } from './tokenization.js';

const excerptLimit = 4;
/** A resolution up to this long is quoted whole: half a procedure helps nobody. */
const wholeResolutionWords = 80;
const problemWords = 60;
const backgroundWords = 300;
/** The newest so many tickets of a tenant are searched; bounds the memory of a worker. */
const searchedTickets = 20_000;

interface HistoryDocument extends Document {
  readonly ticket: ResolvedTicket;
}

export interface HistorySourceOptions {
  readonly tenantId: string;
  readonly history: TicketHistory;
  /** Tickets that are there from the start; the store's win over them. Default: none. */
  readonly seed?: (() => Promise<readonly ResolvedTicket[]>) | undefined;
}

/**
 * Similar resolved tickets of one tenant. Its index catches up with the store before each search, so that a ticket
 * whose upsert has returned is found by every worker's next search.
 */
export function createHistorySource({ tenantId, history, seed }: HistorySourceOptions): ContextSource {
  const index = createRetrievalIndex<HistoryDocument>();
  /** Insertion order is age: a ticket that is replaced moves to the end. */
  const ages = new Set<string>();
  let cursor: HistoryCursor = 0;
  let seeded = seed === undefined;
  let turn: Promise<unknown> = Promise.resolve();

  function add(ticket: ResolvedTicket): void {
    index.upsert(toDocument(ticket));
    ages.delete(ticket.ticketId);
    ages.add(ticket.ticketId);
    for (const oldest of ages) {
      if (ages.size <= searchedTickets) break;
      ages.delete(oldest);
      index.remove(oldest);
    }
  }

  async function addSeed(): Promise<void> {
    for (const ticket of (await seed?.()) ?? []) add(ticket);
    seeded = true;
  }

  async function catchUp(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!seeded) await addSeed();
    for (;;) {
      const changes = await history.changesSince(tenantId, cursor, signal);
      if (changes.reset) {
        index.clear();
        ages.clear();
        await addSeed();
      }
      for (const ticket of changes.tickets) add(ticket);
      cursor = changes.cursor;
      if (changes.tickets.length === 0) return;
    }
  }

  return {
    name: 'ticket_history',
    async search(ticket, signal) {
      // One at a time: two readers of the same changes would leave the cursor wherever the slower one ended.
      const caughtUp = turn.then(
        () => catchUp(signal),
        () => catchUp(signal),
      );
      turn = caughtUp;
      await caughtUp;
      const query = index.query(ticket);
      return index
        .search(query, excerptLimit + 1)
        .filter(({ document }) => document.id !== ticket.ticketId)
        .slice(0, excerptLimit)
        .map(({ document, score }): Excerpt => {
          const { description, resolution, resolvedAt } = document.ticket;
          const short = countWords(resolution) <= wholeResolutionWords;
          return {
            source: 'ticket_history',
            id: document.id,
            title: document.title,
            quote: short ? oneLine(resolution) : bestPassage(resolution, query.weights, wholeResolutionWords),
            background: `Problem: ${cutToWords(oneLine(description), problemWords)}\n\nResolution:\n${bestParagraphs(resolution, query.weights, backgroundWords)}`,
            detail: `resolved ${resolvedAt.slice(0, 10)}`,
            score,
          };
        });
    },
  };
}

function toDocument(ticket: ResolvedTicket): HistoryDocument {
  const { ticketId, subject, description, resolution, tags } = ticket;
  return {
    id: ticketId,
    title: subject === '' ? (description.split('\n', 1)[0] ?? '').slice(0, 120) : subject,
    text: `${description}\n${resolution}`,
    extra: tags.join(' '),
    ticket,
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

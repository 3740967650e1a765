import type { Excerpt } from './excerpt.js';
import { type IndexBudget, unlimitedBudget } from './index-budget.js';
import { createLoopTurns, type LoopTurns } from './loop-turns.js';
import { readPlaced } from './markup/markdown.js';
import { bestPassage, bestUnits } from './passage.js';
import type { ContextSource, HistoryCursor, LoadDocuments, TicketHistory } from './ports.js';
import { createRetrievalIndex, type Document, type Match, type Query } from './retrieval.js';
import { boundedTicket } from './text-bounds.js';
import type { ResolvedTicket, Ticket } from './ticket.js';
import { sectionsOf } from './units.js';
import { cutToWords } from './words.js';

const excerptLimit = 4;
/** A resolution is quoted whole if it can be: half a procedure helps nobody. */
const quoteLength = { preferred: 110, longest: 200 };
const problemWords = 60;
const backgroundWords = 300;
/** Characters of a title that is made of a description. */
const longestTitle = 120;
/** The newest so many tickets of a tenant are searched, fewer where the budget ends before. */
const searchedTickets = 20_000;
/** Of the budget for all tenants: the index of one tenant's history. */
const budgetPart = 1 / 3;

interface HistoryDocument extends Document {
  readonly ticket: ResolvedTicket;
}

export interface HistorySourceOptions {
  readonly tenantId: string;
  readonly history: TicketHistory;
  /** Tickets that are there from the start; the store's win over them. Default: none. */
  readonly seed?: LoadDocuments<ResolvedTicket> | undefined;
  /** Default: no bounds. */
  readonly budget?: IndexBudget | undefined;
}

/**
 * Similar resolved tickets of one tenant. Its index catches up with the store before each search, so that a ticket
 * whose upsert has returned is found by every worker's next search.
 */
export function createHistorySource(options: HistorySourceOptions): ContextSource {
  const { tenantId, history, seed, budget = unlimitedBudget } = options;
  const index = createRetrievalIndex<HistoryDocument>();
  const account = budget.open(budgetPart, forget);
  /** Insertion order is age: a ticket that is replaced moves to the end. */
  const ages = new Set<string>();
  let skipped = 0;
  let cursor: HistoryCursor = 0;
  let seeded = false;
  let turn: Promise<unknown> = Promise.resolve();

  function forget(): void {
    index.clear();
    ages.clear();
    skipped = 0;
    cursor = 0;
    seeded = false;
  }

  function add(ticket: ResolvedTicket): void {
    const document = toTicketDocument(ticket);
    index.upsert(document);
    ages.delete(document.id);
    ages.add(document.id);
    for (const oldest of ages) {
      if (ages.size <= searchedTickets && account.holds(index.bytes)) break;
      ages.delete(oldest);
      index.remove(oldest);
      skipped++;
    }
    account.holds(index.bytes);
  }

  async function addInTurn(ticket: ResolvedTicket, turns: LoopTurns, signal: AbortSignal): Promise<void> {
    add(ticket);
    await turns.pause();
    signal.throwIfAborted();
  }

  async function addSeed(turns: LoopTurns, signal: AbortSignal): Promise<void> {
    if (seeded) return;
    await seed?.((ticket) => addInTurn(ticket, turns, signal));
    seeded = true;
  }

  async function catchUp(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const turns = createLoopTurns();
    await addSeed(turns, signal);
    for (;;) {
      const changes = await history.changesSince(tenantId, cursor, signal);
      if (changes.reset) {
        forget();
        account.holds(0);
        await addSeed(turns, signal);
      }
      for (const ticket of changes.tickets) await addInTurn(ticket, turns, signal);
      cursor = changes.cursor;
      if (changes.tickets.length === 0) return;
    }
  }

  async function search(ticket: Ticket, signal: AbortSignal): Promise<Excerpt[]> {
    // One at a time: two readers of the same changes would leave the cursor wherever the slower one ended.
    const caughtUp = turn.then(
      () => catchUp(signal),
      () => catchUp(signal),
    );
    turn = caughtUp;
    await caughtUp;
    const query = index.query(ticket);
    // A ticket that is in its own history already says nothing about itself.
    const similar = index.search(query, { limit: excerptLimit, accepts: ({ id }) => id !== ticket.ticketId });
    const turns = createLoopTurns();
    const excerpts: Excerpt[] = [];
    for (const match of similar) {
      await turns.pause();
      excerpts.push(excerptOf(match, query));
    }
    return excerpts;
  }

  return {
    name: 'ticket_history',
    // A dropped ticket is no longer one of the newest when as many have come after it.
    documents: () => ({ used: index.size, skipped: Math.min(skipped, searchedTickets - index.size) }),
    search: (ticket, signal) => account.use(() => search(ticket, signal)),
  };
}

function excerptOf({ document, probability, confidence }: Match<HistoryDocument>, { weights }: Query): Excerpt {
  const { description, resolution, resolvedAt } = document.ticket;
  const divided = sectionsOf(readPlaced(resolution, 'ticket'));
  return {
    source: 'ticket_history',
    id: document.id,
    title: titleOf(document.ticket),
    quote: bestPassage(divided, weights, quoteLength).text,
    background: `Problem: ${cutToWords(oneLine(description), problemWords)}\n\nResolution:\n${bestUnits(divided, weights, backgroundWords)}`,
    detail: '',
    resolvedOn: resolvedAt.slice(0, 10),
    score: probability,
    confidence,
  };
}

/** What is searched of a resolved ticket. */
export function toTicketDocument(resolved: ResolvedTicket): HistoryDocument {
  // What is in the store was bounded by another release, perhaps with other limits.
  const ticket = boundedTicket(resolved).value;
  const { ticketId, subject, description, resolution, tags } = ticket;
  return {
    id: ticketId,
    title: subject,
    text: `${description}\n${resolution}`,
    extra: tags.join(' '),
    ticket,
  };
}

/** Of a ticket without a subject the beginning of its description. */
function titleOf({ subject, description }: Pick<ResolvedTicket, 'subject' | 'description'>): string {
  return subject === '' ? (description.split('\n', 1)[0] ?? '').slice(0, longestTitle) : subject;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

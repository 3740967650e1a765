import type { Excerpt } from './excerpt.js';
import { historyForm } from './history-document.js';
import { historyCandidates, historyExcerpt, worthQuoting } from './history-excerpt.js';
import { createHistoryIndex } from './history-index.js';
import { type IndexBudget, unlimitedBudget } from './index-budget.js';
import { createLoopTurns, type LoopTurns } from './loop-turns.js';
import { oneAtATime } from './one-at-a-time.js';
import type { ContextSource, LoadDocuments, TicketHistory } from './ports.js';
import { createRetrievalIndex } from './retrieval.js';
import type { SegmentStore } from './segments/segment-store.js';
import type { ResolvedTicket, Ticket } from './ticket.js';

/** Of the budget for all tenants: the index of one tenant's history. */
const budgetPart = 1 / 3;

export interface HistorySourceOptions {
  readonly tenantId: string;
  readonly history: TicketHistory;
  /** Tickets that are there from the start; the history's win over them. Default: none. */
  readonly seed?: LoadDocuments<ResolvedTicket> | undefined;
  /** Of what the index takes of this process's memory. Default: no bounds. */
  readonly budget?: IndexBudget | undefined;
  /** Default: the index is in memory. */
  readonly store?: SegmentStore | undefined;
  /** So many bytes that are in memory alone are stored: a tenant of few tickets has no files. Default: 2 MiB. */
  readonly storedFromBytes?: number | undefined;
  /** The store cannot be written any more: the index is built anew, in memory. Default: nothing is done. */
  readonly onStoreFailed?: ((error: unknown) => void) | undefined;
}

/**
 * Similar resolved tickets of one tenant. Its index catches up with the history before each search, so that a ticket
 * whose upsert has returned is found by every worker's next search.
 */
export function createHistorySource(options: HistorySourceOptions): ContextSource {
  const { tenantId, history, seed, budget = unlimitedBudget, store } = options;
  const { storedFromBytes = 2 * 1024 * 1024, onStoreFailed = () => undefined } = options;
  const index = createRetrievalIndex(historyForm);
  const account = budget.open(budgetPart, () => kept.forget());
  const kept = createHistoryIndex({
    tenantId,
    history,
    index,
    account,
    seed,
    store,
    storedFromBytes,
    onStoreFailed,
  });
  /** Two readers of the same changes would leave the index wherever the slower one ended. */
  const catchUp = oneAtATime((signal: AbortSignal) => kept.catchUp(signal));

  async function find(ticket: Ticket, turns: LoopTurns) {
    try {
      const query = index.query(ticket);
      await turns.pause();
      // A ticket that is in its own history already says nothing about itself.
      const similar = index.search(query, { limit: historyCandidates, accepts: (id) => id !== ticket.ticketId });
      return { query, similar: worthQuoting(similar) };
    } catch (error) {
      // What is stored cannot be read any more: the next search looks at it anew.
      kept.forget();
      throw error;
    }
  }

  async function search(ticket: Ticket, signal: AbortSignal): Promise<Excerpt[]> {
    await catchUp(signal);
    const turns = createLoopTurns();
    const { query, similar } = await find(ticket, turns);
    const excerpts: Excerpt[] = [];
    for (const match of similar) {
      await turns.pause();
      excerpts.push(historyExcerpt(match, query));
    }
    return excerpts;
  }

  return {
    name: 'ticket_history',
    documents: () => ({ used: index.size, skipped: kept.skipped }),
    search: (ticket, signal) => account.use(() => search(ticket, signal)),
  };
}

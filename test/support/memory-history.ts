import type { HistoryCursor, ResolvedTicket, TicketHistory } from '../../src/enhancement/index.js';

/** A history without Redis. */
export interface MemoryHistory extends TicketHistory {
  /** The cursors that it was read from. */
  readonly reads: HistoryCursor[];
  /** As if its store had been emptied. */
  clear(): void;
}

const perPage = 50;

export function memoryHistory(tickets: readonly ResolvedTicket[] = []): MemoryHistory {
  const changes = new Map<string, { readonly version: number; readonly ticket: ResolvedTicket }>();
  const reads: HistoryCursor[] = [];
  let version = 0;
  let first = 0;

  function add(ticket: ResolvedTicket): void {
    changes.delete(ticket.ticketId);
    changes.set(ticket.ticketId, { version: ++version, ticket });
  }

  for (const ticket of tickets) add(ticket);
  return {
    reads,
    clear() {
      changes.clear();
      first = ++version;
    },
    upsert: async (_tenantId, ticket) => add(ticket),
    async changesSince(_tenantId, cursor) {
      reads.push(cursor);
      const reset = cursor > 0 && cursor < first;
      const page = [...changes.values()].filter(({ version }) => reset || version > cursor).slice(0, perPage);
      return { tickets: page.map(({ ticket }) => ticket), cursor: page.at(-1)?.version ?? version, reset };
    },
  };
}

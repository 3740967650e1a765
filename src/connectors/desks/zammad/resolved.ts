import { z } from 'zod';
import { cutTo } from '../../../enhancement/index.js';
import type { DeskFields } from '../desk-webhook.js';
import { mostNotes, parseListed } from '../note-pages.js';
import { firstWords, type Get, isSince, mostTickets, type ResolvedTickets } from '../resolved-tickets.js';

/**
 * All tickets by their ids, with the names of their states: Zammad's search needs Elasticsearch and ends at its 10,000th hit.
 * Sources: docs.zammad.org, "Ticket" and "Articles"; Zammad's `TicketsController#index` (100 tickets a page, by id) and
 * `TicketArticlesController#index_by_ticket`.
 */

const given = z.unknown().optional();
const ticketSchema = z.object({
  id: z.int(),
  title: given,
  state: z.string().nullish().catch(undefined),
  close_at: z.string().nullish().catch(undefined),
  last_close_at: z.string().nullish().catch(undefined),
  updated_at: z.string().nullish().catch(undefined),
});
const ticketsSchema = cutTo(mostTickets, z.array(ticketSchema));
const articlesSchema = cutTo(
  mostNotes,
  z.array(
    z.object({
      id: z.int(),
      body: z.string().nullish(),
      content_type: z.string().nullish().catch(undefined),
      sender: z.string().nullish().catch(undefined),
      internal: z.boolean().nullish().catch(undefined),
    }),
  ),
);

/** Whether a state is a closing one, as in the webhook. */
export const closed = /^closed/i;
const pageSize = 100;

/** Whether an agent wrote the article to the customer: the other senders are `Customer` and `System`. */
export function isAnswer({ sender, internal }: { readonly sender?: unknown; readonly internal?: unknown }): boolean {
  return (sender === 'Agent' || sender === undefined) && internal !== true;
}

/** The text of an article. In plain text, tags and entities are the author's words, and are escaped. */
export function textOf({ body, content_type }: { readonly body?: unknown; readonly content_type?: unknown }): unknown {
  if (content_type !== 'text/plain' || typeof body !== 'string') return body;
  return body.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

export function resolvedTickets(base: string, get: Get): ResolvedTickets {
  async function read(
    { id: ticket_id, title: subject }: z.infer<typeof ticketSchema>,
    resolved_at: string | undefined,
    signal: AbortSignal,
  ): Promise<DeskFields> {
    const url = new URL(`${base}/api/v1/ticket_articles/by_ticket/${ticket_id}?expand=true`);
    const articles = parseListed(articlesSchema, await get(url, signal), 'notes');
    const [first, ...later] = articles.toSorted((one, other) => one.id - other.id);
    const answers = later.filter(isAnswer).toReversed();
    const answer = answers.find(({ body }) => firstWords([body]) !== undefined);
    const [description, resolution] = [first, answer].map((one) => (one === undefined ? undefined : textOf(one)));
    return { ticket_id, subject, description, resolution, resolved_at };
  }

  return {
    async page(since, cursor = '1', signal) {
      const url = new URL(`${base}/api/v1/tickets?expand=true&per_page=${pageSize}&page=${cursor}`);
      const all = parseListed(ticketsSchema, await get(url, signal), 'tickets');
      return {
        tickets: all.flatMap((ticket) => {
          const { id, state, last_close_at, close_at, updated_at } = ticket;
          const at = last_close_at ?? close_at ?? updated_at ?? undefined;
          if (!closed.test(state ?? '') || !isSince(at, since)) return [];
          return { ticketId: String(id), read: (reading) => read(ticket, at, reading) };
        }),
        next: all.length === 0 ? undefined : String(Number(cursor) + 1),
      };
    },
  };
}

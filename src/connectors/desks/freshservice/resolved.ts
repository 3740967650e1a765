import { z } from 'zod';
import { cutTo } from '../../../enhancement/index.js';
import type { DeskFields } from '../desk-webhook.js';
import { mostNotes, parseListed } from '../note-pages.js';
import {
  firstWords,
  type Get,
  isSince,
  mostCommentPages,
  mostTickets,
  type ResolvedTickets,
} from '../resolved-tickets.js';

/**
 * Tickets that were updated since a time, in the order of their creation: a ticket that is updated meanwhile joins the list
 * and moves no other ticket out of it. Sources: api.freshservice.com and developers.freshdesk.com/api, "List all tickets" (the
 * last thirty days without `updated_since`; 300 pages on Freshdesk), "View a ticket", "List all conversations".
 */

const given = z.unknown().optional();
const ticketSchema = z.object({
  id: z.int(),
  subject: given,
  description: z.string().nullish().catch(undefined),
  status: z.int().nullish().catch(undefined),
  deleted: z.boolean().nullish().catch(undefined),
  spam: z.boolean().nullish().catch(undefined),
  updated_at: z.string().nullish().catch(undefined),
  tags: given,
  stats: z.object({ resolved_at: z.string().nullish(), closed_at: z.string().nullish() }).nullish().catch(undefined),
});
type ListedTicket = z.infer<typeof ticketSchema>;

/** Freshservice wraps its answers in a named object. */
const listed = cutTo(mostTickets, z.array(ticketSchema));
const ticketsSchema = z.union([listed, z.object({ tickets: listed }).transform(({ tickets }) => tickets)]);
const detailsSchema = z.object({ description: z.string().nullish() });
const oneSchema = z.union([z.object({ ticket: detailsSchema }).transform(({ ticket }) => ticket), detailsSchema]);
const conversations = cutTo(
  mostNotes,
  z.array(
    z.object({
      body: z.string().nullish(),
      body_text: z.string().nullish(),
      incoming: z.boolean().nullish().catch(undefined),
      private: z.boolean().nullish().catch(undefined),
    }),
  ),
);
export const conversationsSchema = z.union([
  conversations,
  z.object({ conversations }).transform((one) => one.conversations),
]);

/** 4 is resolved, 5 closed. */
const resolved: readonly (number | null | undefined)[] = [4, 5];
const pageSize = 100;

export function resolvedTickets(base: string, get: Get): ResolvedTickets {
  const tickets = `${base}/api/v2/tickets`;

  /** Public answers of agents; our note is private. */
  async function answers(id: number, signal: AbortSignal): Promise<string[]> {
    const found: string[] = [];
    for (let page = 1; page <= mostCommentPages; page++) {
      const url = new URL(`${tickets}/${id}/conversations?per_page=${pageSize}&page=${page}`);
      const all = parseListed(conversationsSchema, await get(url, signal), 'notes');
      for (const { body, body_text, incoming, private: isPrivate } of all) {
        if (incoming === false && isPrivate === false) found.push(body ?? body_text ?? '');
      }
      if (all.length < pageSize) break;
    }
    return found;
  }

  async function read(ticket: ListedTicket, resolved_at: string | undefined, signal: AbortSignal): Promise<DeskFields> {
    const { id: ticket_id, subject, tags } = ticket;
    // Freshdesk's list has no descriptions.
    const description =
      ticket.description ??
      parseListed(oneSchema, await get(new URL(`${tickets}/${ticket_id}`), signal), 'tickets').description;
    const resolution = firstWords((await answers(ticket_id, signal)).toReversed());
    return { ticket_id, subject, description, resolution, resolved_at, tags };
  }

  return {
    async page(since, cursor = '1', signal) {
      const url = new URL(tickets);
      url.search = new URLSearchParams({
        updated_since: since.toISOString().replace(/\.\d+Z$/, 'Z'),
        include: 'stats',
        order_type: 'asc',
        per_page: String(pageSize),
        page: cursor,
      }).toString();
      const all = parseListed(ticketsSchema, await get(url, signal), 'tickets');
      return {
        tickets: all.flatMap((ticket) => {
          const { id, status, deleted, spam, stats, updated_at } = ticket;
          const at = stats?.resolved_at ?? stats?.closed_at ?? updated_at ?? undefined;
          if (!resolved.includes(status) || deleted === true || spam === true || !isSince(at, since)) return [];
          return { ticketId: String(id), read: (reading) => read(ticket, at, reading) };
        }),
        // A page may be short because the agent may not see some of it.
        next: all.length === 0 ? undefined : String(Number(cursor) + 1),
      };
    },
  };
}

import { z } from 'zod';
import { cutTo } from '../../../enhancement/index.js';
import type { DeskFields } from '../desk-webhook.js';
import { mostNotes, parseListed } from '../note-pages.js';
import { dayBefore, firstWords, type Get, isSince, mostTickets, type ResolvedTickets } from '../resolved-tickets.js';

/**
 * Zendesk's export of search results, which agents may read and which includes archived tickets. It is ordered by creation
 * time, and its cursors expire after an hour. Sources: developer.zendesk.com, "Search" ("Export Search
 * Results": a hundred requests a minute, `type` in `filter[type]` alone), "Ticket comments", "Rate limits".
 */

const idSchema = z.union([z.int(), z.string().regex(/^\d{1,19}$/)]);
const given = z.unknown().optional();
const ticketSchema = z.object({
  id: idSchema,
  status: z.string().nullish(),
  subject: given,
  raw_subject: given,
  description: z.string().nullish().catch(undefined),
  tags: given,
  requester_id: idSchema.nullish().catch(undefined),
  updated_at: z.string().nullish().catch(undefined),
});
type FoundTicket = z.infer<typeof ticketSchema>;

const metaSchema = z.object({ has_more: z.boolean().nullish(), after_cursor: z.string().max(4096).nullish() });
const exportSchema = z.object({ results: cutTo(mostTickets, z.array(ticketSchema)), meta: metaSchema.nullish() });

export const commentsSchema = z.object({
  comments: cutTo(
    mostNotes,
    z.array(
      z.object({
        author_id: idSchema.nullish().catch(undefined),
        public: z.boolean().nullish().catch(undefined),
        html_body: z.string().nullish(),
        body: z.string().nullish(),
      }),
    ),
  ),
  users: cutTo(mostNotes, z.array(z.object({ id: idSchema, role: z.string().nullish() }))).nullish(),
  meta: metaSchema.nullish(),
});

const solved = new Set(['solved', 'closed']);
const pageSize = 100;

export function resolvedTickets(base: string, get: Get): ResolvedTickets {
  async function read(ticket: FoundTicket, resolved_at: string | undefined, signal: AbortSignal): Promise<DeskFields> {
    const url = new URL(`${base}/api/v2/tickets/${ticket.id}/comments.json`);
    url.search = new URLSearchParams({
      include: 'users',
      'page[size]': String(pageSize),
      sort: '-created_at',
    }).toString();
    const { comments, users } = parseListed(commentsSchema, await get(url, signal), 'notes');
    const roles = new Map((users ?? []).map(({ id, role }) => [id, role]));
    const { id: ticket_id, subject, raw_subject, description, tags, requester_id } = ticket;
    const isStaff = (author: z.infer<typeof idSchema> | null | undefined): boolean => {
      const role = roles.get(author ?? '');
      return typeof role === 'string' ? role !== 'end-user' : author !== requester_id;
    };
    // The description is the first comment, also where an agent wrote the ticket.
    const answers = comments.filter(
      ({ author_id, public: isPublic, body }) =>
        isPublic === true && isStaff(author_id) && (body ?? '').trim() !== (description ?? '').trim(),
    );
    const resolution = firstWords(answers.map(({ html_body, body }) => html_body ?? body));
    return { ticket_id, subject: subject ?? raw_subject, description, resolution, resolved_at, tags };
  }

  return {
    async page(since, cursor, signal) {
      const url = new URL(`${base}/api/v2/search/export.json`);
      url.search = new URLSearchParams({
        query: `status>=solved updated>=${dayBefore(since).toISOString().slice(0, 10)}`,
        'filter[type]': 'ticket',
        'page[size]': String(pageSize),
        ...(cursor === undefined ? {} : { 'page[after]': cursor }),
      }).toString();
      const { results, meta } = parseListed(exportSchema, await get(url, signal), 'tickets');
      return {
        tickets: results.flatMap((ticket) => {
          const at = ticket.updated_at ?? undefined;
          if (!solved.has(ticket.status ?? '') || !isSince(at, since)) return [];
          return { ticketId: String(ticket.id), read: (reading) => read(ticket, at, reading) };
        }),
        next: meta?.has_more === true ? (meta.after_cursor ?? undefined) : undefined,
      };
    },
  };
}

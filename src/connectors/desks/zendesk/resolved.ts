import { z } from 'zod';
import { cutTo } from '../../../enhancement/index.js';
import type { DeskFields } from '../desk-webhook.js';
import { mostNotes, parseListed } from '../note-pages.js';
import { firstWords, type Get, isSince, mostTickets, type ResolvedTickets } from '../resolved-tickets.js';

/**
 * Zendesk's incremental export with cursors, which goes from the oldest change to the newest and has closed tickets that were
 * archived, too. Sources: developer.zendesk.com, "Using the Incremental Exports API", "Incremental Exports" (ten requests a
 * minute), "Ticket comments".
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
  requester_id: idSchema.nullish(),
  updated_at: z.string().nullish(),
});
type ExportedTicket = z.infer<typeof ticketSchema>;

const exportSchema = z.object({
  tickets: cutTo(mostTickets, z.array(ticketSchema)),
  metric_sets: cutTo(
    mostTickets,
    z.array(z.object({ ticket_id: idSchema, solved_at: z.string().nullish() })),
  ).nullish(),
  after_cursor: z.string().max(2048).nullish(),
  end_of_stream: z.boolean().nullish(),
});

const commentsSchema = z.object({
  comments: cutTo(
    mostNotes,
    z.array(
      z.object({
        author_id: idSchema.nullish(),
        public: z.boolean().nullish(),
        html_body: z.string().nullish(),
        body: z.string().nullish(),
      }),
    ),
  ),
  users: cutTo(mostNotes, z.array(z.object({ id: idSchema, role: z.string().nullish() }))).nullish(),
});

/** A deleted ticket has the status `deleted`. */
const solved = new Set(['solved', 'closed']);

const pageSize = 100;

/** The export takes no start within the last minute. Milliseconds. */
const startsBeforeMs = 120_000;

export function resolvedTickets(base: string, get: Get): ResolvedTickets {
  async function read(
    ticket: ExportedTicket,
    resolved_at: string | undefined,
    signal: AbortSignal,
  ): Promise<DeskFields> {
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
      const url = new URL(`${base}/api/v2/incremental/tickets/cursor.json`);
      const startMs = Math.min(since.getTime(), Date.now() - startsBeforeMs);
      const from = cursor === undefined ? { start_time: String(Math.floor(startMs / 1000)) } : { cursor };
      url.search = new URLSearchParams({ ...from, per_page: String(pageSize), include: 'metric_sets' }).toString();
      const body = parseListed(exportSchema, await get(url, signal), 'tickets');
      const solvedAt = new Map((body.metric_sets ?? []).map(({ ticket_id, solved_at }) => [ticket_id, solved_at]));
      return {
        tickets: body.tickets.flatMap((ticket) => {
          const at = solvedAt.get(ticket.id) ?? ticket.updated_at ?? undefined;
          if (!solved.has(ticket.status ?? '') || !isSince(at, since)) return [];
          return { ticketId: String(ticket.id), read: (reading) => read(ticket, at, reading) };
        }),
        next: body.end_of_stream === true ? undefined : (body.after_cursor ?? undefined),
      };
    },
  };
}

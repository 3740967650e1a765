import { z } from 'zod';
import { cutTo } from '../../../enhancement/index.js';
import type { DeskFields } from '../desk-webhook.js';
import { parseListed } from '../note-pages.js';
import {
  dayBefore,
  firstWords,
  type Get,
  isSince,
  mostCommentPages,
  type ResolvedEntry,
  type ResolvedTickets,
  toMinutes,
} from '../resolved-tickets.js';
import { type Attachment, attachmentSchema, idSchema, isText, readContent } from './attachments.js';

/**
 * Tickets in the status `resolved`, by their ids. Each page begins after the last id of the previous one, so a ticket that is
 * reopened meanwhile moves no other into a page that was read. The fields are those that the scrip of deploy/request-tracker sends.
 * Source: docs.bestpractical.com, "RT::REST2" (`/tickets` with TicketSQL, at most 100 a page).
 */

const userSchema = z.object({ id: z.string() });
const ticketSchema = z.object({
  id: idSchema,
  Subject: z.string().nullish().catch(undefined),
  Resolved: z.string().nullish().catch(undefined),
  Queue: z.object({ Name: z.string().nullish() }).nullish().catch(undefined),
  Requestor: z.array(userSchema).nullish().catch(undefined),
});
type FoundTicket = z.infer<typeof ticketSchema>;

/** Tickets of a page; each takes several further requests. */
const pageSize = 50;
const partSize = 100;
/** The last transactions of the staff that are read, to find one that is not our note. */
const mostAnswers = 10;

const ticketsSchema = z.object({ items: cutTo(pageSize, z.array(ticketSchema)) });
const historySchema = z.object({
  items: cutTo(
    partSize,
    z.array(
      z.object({
        id: idSchema,
        Type: z.string().nullish(),
        Creator: userSchema.nullish().catch(undefined),
        NewValue: z.string().nullish().catch(undefined),
        Created: z.string().nullish().catch(undefined),
      }),
    ),
  ),
});
const attachmentsSchema = z.object({ items: cutTo(partSize, z.array(attachmentSchema)) });

type Transaction = z.infer<typeof historySchema>['items'][number];

/** Longest time between two transactions of one request to RT, which resolves a ticket with a comment. Milliseconds. */
const sameRequestMs = 5000;

export function resolvedTickets(base: string, get: Get): ResolvedTickets {
  const rest = `${base}/REST/2.0`;

  /** Oldest first. */
  async function all<T>(
    path: string,
    fields: string,
    schema: z.ZodType<{ readonly items: T[] }>,
    signal: AbortSignal,
  ): Promise<T[]> {
    const found: T[] = [];
    for (let page = 1; page <= mostCommentPages; page++) {
      const url = new URL(`${rest}/${path}`);
      const query = { fields, orderby: 'id', order: 'ASC', per_page: String(partSize), page: String(page) };
      url.search = new URLSearchParams(query).toString();
      const { items } = parseListed(schema, await get(url, signal), 'notes');
      found.push(...items);
      if (items.length < partSize) break;
    }
    return found;
  }

  async function read(ticket: FoundTicket, signal: AbortSignal): Promise<DeskFields> {
    const { id, Subject, Resolved, Queue, Requestor } = ticket;
    const history = await all(`ticket/${id}/history`, 'Type,Creator,NewValue,Created', historySchema, signal);
    const attachments = await all(
      `ticket/${id}/attachments`,
      'TransactionId,ContentType,Filename,Headers',
      attachmentsSchema,
      signal,
    );
    const words = async (transactionId: string | undefined): Promise<string | undefined> => {
      const part = textOf(attachments, transactionId);
      return part === undefined ? undefined : readContent((url) => get(url, signal), rest, part.id);
    };
    const requestors = new Set((Requestor ?? []).map((one) => one.id));
    const ofStaff = history.filter(({ Creator }) => !requestors.has(Creator?.id ?? '')).toReversed();
    let resolution: string | undefined;
    for (const { id: answer } of answersIn(ofStaff).slice(0, mostAnswers)) {
      resolution = firstWords([await words(answer)]);
      if (resolution !== undefined) break;
    }
    return {
      ticket_id: id,
      subject: Subject,
      description: await words(history.find(({ Type }) => Type === 'Create')?.id),
      resolution,
      resolved_at: Resolved,
      tags: Queue?.Name === undefined || Queue.Name === null ? [] : [Queue.Name],
    };
  }

  return {
    async page(since, cursor = '0', signal) {
      const url = new URL(`${rest}/tickets`);
      const query = {
        query: `Status = 'resolved' AND Resolved > '${toMinutes(dayBefore(since))}' AND id > ${Number(cursor)}`,
        fields: 'Subject,Resolved,Queue,Requestor',
        'fields[Queue]': 'Name',
        orderby: 'id',
        order: 'ASC',
        per_page: String(pageSize),
      };
      url.search = new URLSearchParams(query).toString();
      const { items } = parseListed(ticketsSchema, await get(url, signal), 'tickets');
      const tickets = items
        .filter(({ Resolved }) => isSince(Resolved, since))
        .map((ticket): ResolvedEntry => ({ ticketId: ticket.id, read: (reading) => read(ticket, reading) }));
      // A page may be short because the user may not see some of it.
      return { tickets, next: items.at(-1)?.id };
    },
  };
}

/**
 * Candidates for the resolution, best first: the comment or reply with which the ticket was resolved, then replies to the
 * requestor, then internal comments.
 *
 * @param transactions newest first
 */
function answersIn(transactions: readonly Transaction[]): readonly Transaction[] {
  const resolved = transactions.find(({ Type, NewValue }) => Type === 'Status' && NewValue === 'resolved');
  const isWithIt = ({ Created }: Transaction): boolean =>
    Math.abs(Date.parse(Created ?? '') - Date.parse(resolved?.Created ?? '')) <= sameRequestMs;
  const replies = transactions.filter(({ Type }) => Type === 'Correspond');
  const comments = transactions.filter(({ Type }) => Type === 'Comment');
  const answers = [...replies, ...comments];
  return [...answers.filter(isWithIt), ...answers.filter((one) => !isWithIt(one))];
}

/** The attachment with the text of a transaction: plain text rather than HTML, and no file. */
function textOf(attachments: readonly Attachment[], transactionId: string | undefined): Attachment | undefined {
  const parts = attachments.filter((one) => one.TransactionId === transactionId && !one.Filename);
  return parts.find((one) => isText(one, 'text/plain')) ?? parts.find((one) => isText(one, 'text/html'));
}

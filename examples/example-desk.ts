import { z } from 'zod';
import type { Said } from '../src/connectors/desks/desk-failures.js';
import type { DeskWebhook } from '../src/connectors/desks/desk-webhook.js';
import { mostNotes, parseListed, withParameter } from '../src/connectors/desks/note-pages.js';
import { type Get, isSince, mostTickets, type ResolvedTickets } from '../src/connectors/desks/resolved-tickets.js';
import { defineRestDesk, inShort, jsonRequest, type RestApi } from '../src/connectors/desks/rest-desk.js';
import type { HttpAnswer } from '../src/connectors/http-exchange.js';
import { cutTo } from '../src/enhancement/index.js';

/** A desk that does not exist, for docs/add-a-desk.md: its webhook is signed, and its notes are called remarks. */

/** 1. The webhook: how it is signed, which delivery it is, and what its fields are called. */
const webhook: DeskWebhook = {
  signatures: [
    { scheme: 'hmac', algorithm: 'sha256', encoding: 'hex', header: 'x-example-signature', prefix: 'sha256=' },
  ],
  deliveryHeader: 'x-example-delivery',
  read(body) {
    const { action, item } = eventSchema.parse(body);
    const { id: ticket_id, title: subject, text: description, tags, answer: resolution } = item;
    switch (action) {
      case 'opened':
        return {
          kind: 'created',
          ticket: { ticket_id, subject, description, priority: item.urgency, created_at: item.opened },
        };
      case 'answered':
        return {
          kind: 'resolved',
          ticket: { ticket_id, subject, description, resolution, resolved_at: item.answered, tags },
        };
      default:
        return { kind: 'ignored', what: action };
    }
  },
};

/** Takes anything: what cannot be used is named by the validation of the payload. */
const eventSchema = z.object({
  action: z.string().catch('unknown'),
  item: z
    .object({
      id: z.unknown(),
      title: z.unknown(),
      text: z.unknown(),
      urgency: z.unknown(),
      opened: z.unknown(),
      answer: z.unknown(),
      answered: z.unknown(),
      tags: z.unknown(),
    })
    .partial()
    .catch({}),
});

/** 2. What the API says. An answer without its words is not the API's: a proxy's 404 knows nothing of tickets. */
const errorSchema = z.object({ error: z.string() });

function read({ status }: HttpAnswer, body: unknown): Said {
  const words = errorSchema.safeParse(body).data?.error;
  if (words !== undefined) return { kind: 'failure', detail: [inShort(words)] };
  return status < 300 && typeof body === 'object' && body !== null ? { kind: 'success', body } : { kind: 'foreign' };
}

/** 3. Its notes. What may be missing may be null as well. */
const remarksSchema = z.object({
  remarks: cutTo(mostNotes, z.array(z.object({ text: z.string().nullish() }))).nullish(),
  next: z.int().nullish(),
});

function api(base: string): RestApi {
  const remarks = (id: string): URL => new URL(`${base}/api/items/${encodeURIComponent(id)}/remarks`);
  return {
    authorize: (token) => ({ authorization: `Bearer ${token}` }),
    read,
    notes: remarks,
    readPage(body, url) {
      const { remarks: all, next } = parseListed(remarksSchema, body, 'notes');
      return {
        texts: (all ?? []).map(({ text }) => text ?? ''),
        next: typeof next === 'number' ? withParameter(url, 'page', next) : undefined,
      };
    },
    add: (id, note) => jsonRequest('POST', remarks(id), { text: note.text, internal: true }),
    probe: new URL(`${base}/api/me`),
    resolved: (get) => resolvedTickets(base, get),
  };
}

/** 4. Its resolved tickets, for an import: those that changed since a time, in the order in which they were made. */
const itemsSchema = z.object({
  items: cutTo(mostTickets, z.array(z.looseObject({ id: z.string(), answered: z.string().nullish() }))),
  next: z.int().nullish(),
});

function resolvedTickets(base: string, get: Get): ResolvedTickets {
  return {
    async page(since, cursor = '1', signal) {
      const url = new URL(`${base}/api/items?changed_since=${since.toISOString()}&page=${cursor}`);
      const { items, next } = parseListed(itemsSchema, await get(url, signal), 'tickets');
      const answered = items.filter((item) => typeof item.answered === 'string' && isSince(item.answered, since));
      return {
        // Another desk is asked here for the comments of each ticket.
        tickets: answered.map(({ id: ticket_id, title: subject, text: description, answer, answered: at, tags }) => ({
          ticketId: ticket_id,
          read: async () => ({ ticket_id, subject, description, resolution: answer, resolved_at: at, tags }),
        })),
        next: typeof next === 'number' ? String(next) : undefined,
      };
    },
  };
}

export const exampleDesk = defineRestDesk({ type: 'example', apiPath: '/api', webhook, api });

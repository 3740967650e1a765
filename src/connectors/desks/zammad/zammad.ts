import { z } from 'zod';
import { cutTo } from '../../../enhancement/index.js';
import type { HttpAnswer } from '../../http-exchange.js';
import type { Said } from '../desk-failures.js';
import type { DeskWebhook } from '../desk-webhook.js';
import { mostNotes, parseListed } from '../note-pages.js';
import { readRecipe } from '../recipe.js';
import { defineRestDesk, inShort, jsonRequest, type RestApi } from '../rest-desk.js';
import { closed, isAnswer, resolvedTickets, textOf } from './resolved.js';

/**
 * Zammad. Sources: docs.zammad.org (REST API, "Articles"), admin-docs.zammad.org ("Webhooks"), and Zammad's own
 * `TriggerWebhookJob`, which sends the same `X-Zammad-Delivery` with each of its repetitions.
 */

const webhook: DeskWebhook = {
  signatures: [{ scheme: 'hmac', algorithm: 'sha1', encoding: 'hex', header: 'x-hub-signature', prefix: 'sha1=' }],
  deliveryHeader: 'x-zammad-delivery',
  read(body) {
    const payload = payloadSchema.safeParse(body).data;
    if (payload === undefined) return readRecipe(body);
    const { ticket, article } = payload;
    const { id: ticket_id, title: subject, priority, created_at, tags } = ticket;
    if (merged.test(ticket.state)) return { kind: 'ignored', what: 'a merged ticket' };
    // The payload names no event. A ticket that is closed was resolved by the article that comes with it.
    if (closed.test(ticket.state)) {
      const resolved_at = ticket.last_close_at ?? ticket.close_at ?? ticket.updated_at;
      const resolution = isAnswer(article) && !isFirst(ticket, article) ? textOf(article) : undefined;
      return { kind: 'resolved', ticket: { ticket_id, subject, resolution, resolved_at, tags } };
    }
    // Otherwise a trigger on updates would be called by our own note, in an endless loop.
    if (!isFirst(ticket, article)) return { kind: 'ignored', what: 'an update of a ticket' };
    return { kind: 'created', ticket: { ticket_id, subject, description: textOf(article), priority, created_at } };
  },
};

/** The state of a ticket whose articles were moved to another; `removed` in older releases. */
const merged = /^(?:merged|removed)$/i;

const anything = z.unknown().optional();
/** Accepts any value: the validation of the payload names unusable fields. */
const payloadSchema = z.object({
  ticket: z.object({
    id: anything,
    title: anything,
    state: z.string().catch(''),
    priority: anything,
    tags: anything,
    created_at: anything,
    updated_at: anything,
    close_at: anything,
    last_close_at: anything,
    article_count: z.int().optional().catch(undefined),
    article_ids: cutTo(mostNotes, z.array(z.int())).optional().catch(undefined),
  }),
  article: z
    .object({
      id: z.int().optional().catch(undefined),
      body: anything,
      content_type: anything,
      sender: z.string().optional().catch(undefined),
      internal: z.boolean().optional().catch(undefined),
    })
    .catch({ body: undefined }),
});
type Payload = z.infer<typeof payloadSchema>;

/** Whether the article is the first of its ticket; true if that is unknown. */
function isFirst(
  { article_ids: ids = [], article_count: count = 1 }: Payload['ticket'],
  { id }: Payload['article'],
): boolean {
  return id === undefined || ids.length === 0 ? count <= 1 : id <= Math.min(...ids);
}

const articlesSchema = cutTo(mostNotes, z.array(z.object({ body: z.string().nullish() })));
const successSchema = z.union([z.array(z.unknown()), z.looseObject({ id: z.int() })]);
const errorSchema = z.object({ error: z.string() });

function read({ status }: HttpAnswer, body: unknown): Said {
  const error = errorSchema.safeParse(body).data?.error;
  if (error === undefined) {
    return status < 300 && successSchema.safeParse(body).success ? { kind: 'success', body } : { kind: 'foreign' };
  }
  const detail = [inShort(error)];
  // An unknown address is not about the ticket.
  if (status === 404 && error.startsWith('No route matches')) return { kind: 'foreign', detail };
  // Older releases answer 401 if a right is missing on one ticket.
  return { kind: 'failure', detail, meaning: status === 401 && notAllowed.test(error) ? 'forbidden' : undefined };
}

const notAllowed = /^(?:Not authorized|User authorization failed)/i;

function api(base: string): RestApi {
  const articles = `${base}/api/v1/ticket_articles`;
  return {
    authorize: (token) => ({ authorization: `Token token=${token}` }),
    read,
    // This address has no pages.
    notes: (id) => new URL(`${articles}/by_ticket/${encodeURIComponent(id)}`),
    readPage: (body) => ({
      texts: parseListed(articlesSchema, body, 'notes').map(({ body: html }) => html ?? ''),
      next: undefined,
    }),
    add: (id, note) =>
      jsonRequest('POST', new URL(articles), {
        ticket_id: /^\d{1,15}$/.test(id) ? Number(id) : id,
        body: note.html,
        content_type: 'text/html',
        type: 'note',
        sender: 'Agent',
        internal: true,
      }),
    probe: new URL(`${base}/api/v1/users/me`),
    resolved: (get) => resolvedTickets(base, get),
  };
}

export const zammad = defineRestDesk({ type: 'zammad', apiPath: '/api/v1', webhook, api });

import { z } from 'zod';
import type { Said } from '../desk-failures.js';
import type { DeskWebhook } from '../desk-webhook.js';
import { longNotesPerPage, parseListed, withParameter } from '../note-pages.js';
import { longestName, readRecipe, withTexts } from '../recipe.js';
import { basic, defineRestDesk, inShort, jsonRequest, type RestApi } from '../rest-desk.js';
import { commentsSchema, resolvedTickets } from './resolved.js';

/**
 * Zendesk Support. Sources: developer.zendesk.com, "Verifying webhooks", "Ticket comments", "Rate limits", "Pagination" and
 * "Ticket event types".
 */

const webhook: DeskWebhook = {
  signatures: [
    {
      scheme: 'hmac',
      algorithm: 'sha256',
      encoding: 'base64',
      header: 'x-zendesk-webhook-signature',
      timestampHeader: 'x-zendesk-webhook-signature-timestamp',
    },
  ],
  deliveryHeader: 'x-zendesk-webhook-invocation-id',
  read(body) {
    const event = eventSchema.safeParse(body).data;
    if (event === undefined) return withTexts(readRecipe(body), withoutHead);
    if (event.type !== 'zen:event-type:ticket.created') {
      return { kind: 'ignored', what: event.type.slice(0, longestName) };
    }
    const { id: ticket_id, subject, description, priority, created_at } = event.detail;
    return { kind: 'created', ticket: { ticket_id, subject, description, priority, created_at } };
  },
};

/**
 * `{{ticket.description}}` has a line of dashes above the text, and a line of its author and time, each with a blank line below:
 * `Kim, 28 Sept 2023, 20:02`, `Kim, Jul 12, 2020, 2:15 AM`, `Kim, 2021年1月29日 11:10`.
 */
const head =
  /^\s*-{20,}[ \t\r]*\n[ \t\r]*\n\s*(?:[^\n]{1,200}, (?:(?:\d{1,2}\.? (?:de )?)?\p{L}{3,12}\.? (?:de )?(?:\d{1,2}, )?\d{4}|\d{4}年\d{1,2}月\d{1,2}日)(?:,| à)? \d{1,2}[:.h]\d\d(?: [AP]M)?[ \t\r]*\n[ \t\r]*\n\s*)?/u;

function withoutHead(text: unknown): unknown {
  return typeof text === 'string' ? text.replace(head, '') : text;
}

/** The body of a webhook that is subscribed to events. A webhook that a trigger calls has the administrator's own body. */
const eventSchema = z.object({
  type: z.string().startsWith('zen:event-type:'),
  detail: z.record(z.string(), z.unknown()).catch({}),
});

const successSchema = z.union([
  z.object({ comments: z.array(z.unknown()) }),
  z.object({ ticket: z.looseObject({}) }),
  z.object({ tickets: z.array(z.unknown()) }),
  z.object({ results: z.array(z.unknown()) }),
]);

/** `error` is a code, or text of a page in front of the API. `details` has the problems by field. */
const errorSchema = z.object({
  error: z.union([z.string(), z.object({ title: z.string() }).transform(({ title }) => title)]),
  details: z
    .record(z.string(), z.array(z.object({ description: z.string() })).min(1))
    .transform((fields) => Object.values(fields).flatMap(([first]) => first?.description ?? []))
    .catch([]),
});

function read({ status }: { readonly status: number }, body: unknown): Said {
  const failure = errorSchema.safeParse(body).data;
  if (failure === undefined) {
    return status < 300 && successSchema.safeParse(body).success ? { kind: 'success', body } : { kind: 'foreign' };
  }
  const { error, details } = failure;
  const detail = [error, ...details.slice(0, 1)].map(inShort);
  // Any other 404, such as "No help desk at …" and "InvalidEndpoint", is about base_url or the account.
  return { kind: status === 404 && error !== 'RecordNotFound' ? 'foreign' : 'failure', detail };
}

function api(base: string): RestApi {
  const ticket = (id: string): string => `${base}/api/v2/tickets/${encodeURIComponent(id)}`;
  return {
    // An API token is sent with its user, an OAuth token alone.
    authorize: (credential) => ({
      authorization: credential.includes(':') ? basic(credential) : `Bearer ${credential}`,
    }),
    read,
    notes: (id) => new URL(`${ticket(id)}/comments.json?page[size]=${longNotesPerPage}&sort=-created_at`),
    readPage(body, url) {
      const { comments, meta } = parseListed(commentsSchema, body, 'notes');
      const cursor = meta?.has_more === true ? (meta.after_cursor ?? '') : '';
      return {
        texts: comments.map(({ html_body, body: text }) => `${html_body ?? ''} ${text ?? ''}`),
        next: cursor === '' ? undefined : withParameter(url, 'page[after]', cursor),
      };
    },
    add: (id, note) =>
      jsonRequest('PUT', new URL(`${ticket(id)}.json`), {
        ticket: { comment: { html_body: note.html, public: false } },
      }),
    probe: new URL(`${base}/api/v2/tickets.json?page[size]=1`),
    resolved: (get) => resolvedTickets(base, get),
  };
}

export const zendesk = defineRestDesk({ type: 'zendesk', apiPath: '/api/v2', webhook, api });

import { z } from 'zod';
import { cutTo } from '../../../enhancement/index.js';
import type { HttpAnswer } from '../../http-exchange.js';
import type { Said } from '../desk-failures.js';
import type { DeskWebhook } from '../desk-webhook.js';
import { parseListed, withParameter, withPath } from '../note-pages.js';
import { readRecipe } from '../recipe.js';
import { basic, defineRestDesk, inShort, jsonRequest, type RestApi } from '../rest-desk.js';
import { attachmentSchema, isText, readContent } from './attachments.js';
import { resolvedTickets } from './resolved.js';

/**
 * Request Tracker 5, REST 2.0 (https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html). Its webhook is sent by the scrip in
 * deploy/request-tracker, which signs it by Standard Webhooks and names its fields as the service's own webhooks do.
 */

const webhook: DeskWebhook = {
  signatures: [{ scheme: 'standard-webhooks' }],
  read: readRecipe,
};

const pageSize = 100;

const attachmentsSchema = z.object({
  count: z.int(),
  items: cutTo(pageSize, z.array(attachmentSchema)),
});
const errorSchema = z.object({ message: z.string() });
/** An object, or a list of sentences about what was done. */
const successSchema = z.union([z.looseObject({}), z.array(z.string())]);

function read({ status }: HttpAnswer, body: unknown): Said {
  const message = errorSchema.safeParse(body).data?.message;
  if (status < 300) {
    return successSchema.safeParse(body).success ? { kind: 'success', body } : { kind: 'foreign' };
  }
  if (message === undefined) return { kind: 'foreign' };
  return { kind: 'failure', detail: [inShort(message)] };
}

/** RT's answers with 400 after a fault of its own: a transaction that failed (RT::Ticket), and no reason (RT::REST2). */
const faults = /^Message (?:could not be recorded|failed for unknown reason)/;

/**
 * RT answers a comment with 400 if the user lacks the right, in the language of that user, or after a fault. There is no other
 * reason: the note is not empty, and the ticket was found before.
 */
function readAdded(answer: HttpAnswer, body: unknown): Said {
  // In languages beyond Latin-1 the JSON is cut off: RT counts its characters as bytes.
  if (answer.status === 201 && /^application\/json/i.test(answer.contentType)) return { kind: 'success', body };
  const said = read(answer, body);
  if (said.kind !== 'failure' || answer.status !== 400) return said;
  const isFault = faults.test(errorSchema.safeParse(body).data?.message ?? '');
  return { ...said, meaning: isFault ? 'unavailable' : 'forbidden' };
}

function api(base: string): RestApi {
  const rest = `${base}/REST/2.0`;
  const ticket = (id: string): string => `${rest}/ticket/${encodeURIComponent(id)}`;
  return {
    // The token of a user, or `user:password`.
    authorize: (credential) => ({
      authorization: credential.includes(':') ? basic(credential) : `token ${credential}`,
    }),
    read,
    readAdded,
    notes(id) {
      const query = {
        fields: 'ContentType,Headers',
        orderby: 'id',
        order: 'DESC',
        per_page: String(pageSize),
        page: '1',
      };
      return new URL(`${ticket(id)}/attachments?${new URLSearchParams(query).toString()}`);
    },
    async readPage(body, url, get) {
      const { count, items } = parseListed(attachmentsSchema, body, 'notes');
      const page = Number(url.searchParams.get('page'));
      // RT lists none for a ticket that does not exist or that the user may not see; the ticket's own address says which.
      if (count === 0 && page === 1) await get(withPath(url, url.pathname.replace(/\/attachments$/, '')));
      const texts: string[] = [];
      for (const one of items) if (isText(one, 'text/html')) texts.push(await readContent(get, rest, one.id));
      return { texts, next: count < pageSize ? undefined : withParameter(url, 'page', page + 1) };
    },
    // A comment is internal; a correspondence would be sent to the requestor.
    add: (id, note) =>
      jsonRequest('POST', new URL(`${ticket(id)}/comment`), {
        Content: withUnfoldedQuotes(note.html),
        ContentType: 'text/html',
      }),
    probe: new URL(`${rest}/rt`),
    resolved: (get) => resolvedTickets(base, get),
  };
}

/** Request Tracker folds quotations as parts of an earlier mail, and the quotations are the content of a note. */
function withUnfoldedQuotes(html: string): string {
  return html.replaceAll('<blockquote>', '<div style="margin: 0 0 0 2em">').replaceAll('</blockquote>', '</div>');
}

export const requestTracker = defineRestDesk({ type: 'request-tracker', apiPath: '/REST/2.0', webhook, api });

import { z } from 'zod';
import type { HttpAnswer } from '../../http-exchange.js';
import type { Said } from '../desk-failures.js';
import type { DeskEvent, DeskWebhook } from '../desk-webhook.js';
import { longNotesPerPage, parseListed, withParameter } from '../note-pages.js';
import { readRecipe } from '../recipe.js';
import { basic, defineRestDesk, inShort, jsonRequest, type RestApi } from '../rest-desk.js';
import { conversationsSchema, resolvedTickets } from './resolved.js';

/**
 * Freshservice and Freshdesk, whose requests are the same; Freshservice wraps its answers in a named object. Sources:
 * api.freshservice.com and developers.freshdesk.com/api ("Create a note", "List all conversations", "Rate limit", "Errors").
 */

const webhook: DeskWebhook = {
  // Its automations cannot sign, but can add a header.
  signatures: [{ scheme: 'token', header: 'x-desk-token' }],
  read: (body) => withApiValues(readRecipe(simpleFields(body) ?? body)),
};

const simpleSchema = z.record(z.string(), z.unknown());
/** A name or a number, which desks send as text too. */
const nameSchema = z.union([z.string(), z.number().transform(String)]).catch('');

/**
 * The body of a rule whose content is *Simple*: the chosen fields with a prefix, and what called the rule if that is one of them.
 * Undefined: it is another body.
 */
function simpleFields(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  const given = simpleSchema.safeParse(body['freshdesk_webhook'] ?? body['freshservice_webhook']).data;
  if (given === undefined) return undefined;
  const fields = new Map(Object.entries(given).map(([name, value]) => [name.replace(/^ticket_(?!id$)/, ''), value]));
  const isResolved = /^(?:resolved|closed|[45])$/i.test(nameSchema.parse(fields.get('status')));
  // `{ticket_action:created}`, or of an update `{priority:{from:1,to:2}}`; `{note_type:private}` may be our own note.
  const cause = fields.get('triggered_event');
  const isNew = typeof cause !== 'string' || cause === '' || /ticket_action\W{1,9}created/.test(cause);
  return {
    ...Object.fromEntries(fields),
    event: isResolved ? 'ticket_resolved' : isNew ? 'ticket_created' : cause,
    resolution: fields.get('latest_public_comment'),
  };
}

/** Its priorities count upwards: 4 is the most urgent, 1 with most other desks. */
const priorities = ['low', 'medium', 'high', 'urgent'];
/** The pages show `INC-7` or `#SR-7`; the API knows the ticket as 7. */
const shownId = /^[[(#]{0,3}(?:[A-Z]{1,10}-)?(\d{1,19})[\])#]{0,3}$/;

/** With the ticket's number and the priority's name, as the API has them. */
function withApiValues(event: DeskEvent): DeskEvent {
  if (event.kind === 'ignored') return event;
  const { ticket_id: id, priority } = event.ticket;
  const number = typeof id === 'string' ? shownId.exec(id.trim())?.[1] : undefined;
  const name = priorities[Number(nameSchema.parse(priority)) - 1];
  return { ...event, ticket: { ...event.ticket, ticket_id: number ?? id, priority: name ?? priority } };
}

const successSchema = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]);
/** An error of the API has a code or errors by field; a message alone may come from another server. */
const errorSchema = z.union([
  z.object({ code: z.string(), message: z.string() }).transform(({ code }) => code),
  z.object({ description: z.string(), errors: z.array(z.unknown()) }).transform(({ description }) => description),
]);
const messageSchema = z.object({ message: z.string() }).transform(({ message }) => message);

/** Headers of every answer of the API. Its 404 has no body. */
const ownHeaders = ['x-freshservice-api-version', 'x-freshdesk-api-version', 'x-ratelimit-total'];

function read({ status, headers }: HttpAnswer, body: unknown): Said {
  const isOwn = ownHeaders.some((name) => headers[name] !== undefined);
  if (status >= 400) {
    const words = errorSchema.safeParse(body).data;
    if (words === undefined && !isOwn) return { kind: 'foreign' };
    const said = words ?? messageSchema.safeParse(body).data;
    return { kind: 'failure', detail: said === undefined ? [] : [inShort(said)] };
  }
  return status < 300 && successSchema.safeParse(body).success ? { kind: 'success', body } : { kind: 'foreign' };
}

function api(base: string): RestApi {
  const ticket = (id: string): string => `${base}/api/v2/tickets/${encodeURIComponent(id)}`;
  return {
    authorize: (key) => ({ authorization: basic(`${key}:X`) }),
    read,
    notes: (id) => new URL(`${ticket(id)}/conversations?per_page=${longNotesPerPage}&page=1`),
    readPage(body, url) {
      const all = parseListed(conversationsSchema, body, 'notes');
      const isLast = all.length < longNotesPerPage;
      return {
        texts: all.map(({ body: html, body_text: text }) => `${html ?? ''} ${text ?? ''}`),
        next: isLast ? undefined : withParameter(url, 'page', Number(url.searchParams.get('page')) + 1),
      };
    },
    add: (id, note) => jsonRequest('POST', new URL(`${ticket(id)}/notes`), { body: note.html, private: true }),
    probe: new URL(`${base}/api/v2/tickets?per_page=1`),
    resolved: (get) => resolvedTickets(base, get),
  };
}

export const freshservice = defineRestDesk({ type: 'freshservice', apiPath: '/api/v2', webhook, api });

import { z } from 'zod';
import { cutTo, type Desk } from '../../../enhancement/index.js';
import type { HttpAnswer } from '../../http-exchange.js';
import type { ProxyFor } from '../../proxy.js';
import { readCredential, type Said } from '../desk-failures.js';
import {
  createDeskHttp,
  type DeskHttpOptions,
  defaultSettleMs,
  defaultTimeoutMs,
  pageTimeoutMs,
} from '../desk-http.js';
import { type Credential, defineDesk } from '../desk-kind.js';
import { httpSettings, takesCredential } from '../desk-settings.js';
import type { DeskWebhook } from '../desk-webhook.js';
import { withRequestReserve } from '../request-reserve.js';
import { findInPages, parseNotes } from '../note-pages.js';
import { readRecipe } from '../recipe.js';
import { basic, inShort, jsonRequest } from '../rest-desk.js';
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

interface Settings {
  readonly baseUrl: string;
  /** The token of a user, or `user:password`. */
  readonly credential: () => Credential;
  readonly allowPrivateNetwork: boolean;
}

function httpOptions(settings: Settings, proxyFor: ProxyFor | undefined, timeoutMs: number): DeskHttpOptions {
  const { credential, allowPrivateNetwork } = settings;
  return {
    async headers() {
      return { accept: 'application/json', authorization: authorization(readCredential(credential)) };
    },
    read,
    allowPrivateNetwork,
    proxyFor,
    timeoutMs,
  };
}

function authorization(credential: string): string {
  return credential.includes(':') ? basic(credential) : `token ${credential}`;
}

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
  const said = read(answer, body);
  if (said.kind !== 'failure' || answer.status !== 400) return said;
  const isFault = faults.test(errorSchema.safeParse(body).data?.message ?? '');
  return { ...said, meaning: isFault ? 'unavailable' : 'forbidden' };
}

function createNotes(settings: Settings, proxyFor: ProxyFor | undefined): Desk {
  const options = httpOptions(settings, proxyFor, defaultTimeoutMs);
  const api = createDeskHttp(options);
  const adding = createDeskHttp({ ...options, read: readAdded });
  const rest = `${settings.baseUrl}/REST/2.0`;
  const attachments = (ticketId: string, page: number): URL => {
    const url = new URL(`${rest}/ticket/${encodeURIComponent(ticketId)}/attachments`);
    const query = {
      fields: 'ContentType,Headers',
      orderby: 'id',
      order: 'DESC',
      per_page: String(pageSize),
      page: String(page),
    };
    url.search = new URLSearchParams(query).toString();
    return url;
  };

  return {
    longestExchangeMs: defaultTimeoutMs,
    settleMs: defaultSettleMs,

    hasNote({ ticketId }, marker, signal) {
      let page = 1;
      return findInPages(attachments(ticketId, page), marker, async (url) => {
        const { count, items } = parseNotes(attachmentsSchema, await api.get(url, signal));
        // RT lists none for a ticket that does not exist or that the user may not see; the ticket's own address says which.
        if (count === 0 && page === 1) await api.get(new URL(`${rest}/ticket/${encodeURIComponent(ticketId)}`), signal);
        const texts: string[] = [];
        for (const one of items) {
          if (isText(one, 'text/html')) texts.push(await readContent(api.get, rest, one.id, signal));
        }
        page++;
        return { texts, next: count < pageSize ? undefined : attachments(ticketId, page) };
      });
    },

    addNote({ ticketId }, note, sendByMs, signal) {
      // A comment is internal; a correspondence would be sent to the requestor.
      const url = new URL(`${rest}/ticket/${encodeURIComponent(ticketId)}/comment`);
      const comment = { Content: withUnfoldedQuotes(note.html), ContentType: 'text/html' };
      return adding.add(jsonRequest('POST', url, comment), sendByMs, signal);
    },
  };
}

/** Request Tracker folds quotations as parts of an earlier mail, and the quotations are the content of a note. */
function withUnfoldedQuotes(html: string): string {
  return html.replaceAll('<blockquote>', '<div style="margin: 0 0 0 2em">').replaceAll('</blockquote>', '</div>');
}

export const requestTracker = defineDesk({
  type: 'request-tracker',
  settings: httpSettings('/REST/2.0'),
  webhook,
  open({ base_url, credential, allow_private_network }, secrets) {
    const settings = {
      baseUrl: base_url,
      credential: secrets.renewable('desk.credential', credential),
      allowPrivateNetwork: allow_private_network,
    };
    return {
      connect: ({ proxyFor }) => createNotes(settings, proxyFor),
      async probe({ proxyFor, timeoutMs }, signal) {
        const url = new URL(`${base_url}/REST/2.0/rt`);
        await createDeskHttp(httpOptions(settings, proxyFor, timeoutMs)).get(url, signal);
        return takesCredential(url, proxyFor(url));
      },
      resolved: (tools) => {
        const options = withRequestReserve(httpOptions(settings, tools.proxyFor, pageTimeoutMs), tools);
        return resolvedTickets(base_url, createDeskHttp(options).get);
      },
    };
  },
});

import type { Desk, NoteToPost } from '../../enhancement/index.js';
import type { ProxyFor } from '../proxy.js';
import { KeptElsewhereError, readCredential } from './desk-failures.js';
import {
  createDeskHttp,
  type DeskHttp,
  type DeskHttpOptions,
  defaultSettleMs,
  defaultTimeoutMs,
  type NoteRequest,
  pageTimeoutMs,
  type ReadAnswer,
} from './desk-http.js';
import { defineDesk, type DeskKind } from './desk-kind.js';
import { httpSettings, takesCredential } from './desk-settings.js';
import type { DeskWebhook } from './desk-webhook.js';
import { withRequestReserve } from './request-reserve.js';
import { findInPages, type NotesPage } from './note-pages.js';
import type { Get, ResolvedTickets } from './resolved-tickets.js';

/** Where a desk keeps the notes of a ticket. */
export interface NotePlace {
  /** The first page of a ticket's notes. */
  notes(ticketId: string): URL;
  /**
   * @param url from which the page was read
   * @param get for desks that keep texts elsewhere
   * @throws {EnhancementError} `DESK_ANSWER_INVALID` when its form is not documented
   */
  readPage(body: unknown, url: URL, get: (url: URL) => Promise<unknown>): NotesPage | Promise<NotesPage>;
  /** An internal note: the requester must never see it. */
  add(ticketId: string, note: NoteToPost): NoteRequest;
}

/** A desk whose notes are read and added with one credential and one request each. */
export interface RestApi extends NotePlace {
  /** Headers with the credential. */
  authorize(credential: string): Readonly<Record<string, string>>;
  readonly read: ReadAnswer;
  readonly readAdded?: ReadAnswer;
  /** The place of notes for tickets whose answer means `elsewhere`. Default: none. */
  readonly elsewhere?: NotePlace;
  /** Address of a request that changes nothing and fails if the credential is wrong. */
  readonly probe: URL;
  resolved(get: Get): ResolvedTickets;
}

export interface RestDesk {
  readonly type: string;
  /** Where the API begins, behind the address in the tenants file: `/api/v2`. */
  readonly apiPath: string;
  readonly webhook: DeskWebhook;
  /** @param base the address in front of the API's path, without a slash at its end */
  api(base: string): RestApi;
}

export function defineRestDesk({ type, apiPath, webhook, api: apiAt }: RestDesk): DeskKind {
  return defineDesk({
    type,
    settings: httpSettings(apiPath),
    webhook,
    open({ base_url, credential, allow_private_network: allowPrivateNetwork }, secrets) {
      const api = apiAt(base_url);
      // Read at each request: a renewed credential needs no reload.
      const current = secrets.renewable('desk.credential', credential);
      const options = (proxyFor: ProxyFor | undefined, timeoutMs: number): DeskHttpOptions => ({
        headers: async () => ({ accept: 'application/json', ...api.authorize(readCredential(current)) }),
        read: api.read,
        readAdded: api.readAdded,
        allowPrivateNetwork,
        proxyFor,
        timeoutMs,
      });
      return {
        connect: ({ proxyFor }) => createNotes(createDeskHttp(options(proxyFor, defaultTimeoutMs)), api),
        async probe({ proxyFor, timeoutMs }, signal) {
          await createDeskHttp(options(proxyFor, timeoutMs)).get(api.probe, signal);
          return takesCredential(api.probe, proxyFor(api.probe));
        },
        resolved: (tools) =>
          api.resolved(createDeskHttp(withRequestReserve(options(tools.proxyFor, pageTimeoutMs), tools)).get),
      };
    },
  });
}

const mostPlaces = 1000;
const defaultTimes = { longestExchangeMs: defaultTimeoutMs, settleMs: defaultSettleMs };

/** Finds and adds notes by the requests of a place. */
export function createNotes(
  http: DeskHttp,
  { elsewhere, ...usual }: NotePlace & Pick<RestApi, 'elsewhere'>,
  times: Pick<Desk, 'longestExchangeMs' | 'settleMs'> = defaultTimes,
): Desk {
  /** Where the notes of a ticket are, if `elsewhere`. Known before a note is added, because it is searched for first. */
  const places = new Map<string, NotePlace>();
  return {
    ...times,
    async hasNote({ ticketId }, marker, signal) {
      const get = (url: URL): Promise<unknown> => http.get(url, signal);
      const find = (place: NotePlace): Promise<boolean> =>
        findInPages(place.notes(ticketId), marker, async (url) => place.readPage(await get(url), url, get));
      try {
        return await find(places.get(ticketId) ?? usual);
      } catch (error) {
        if (!(error instanceof KeptElsewhereError) || elsewhere === undefined) throw error;
        const [oldest = ''] = places.keys();
        if (places.size >= mostPlaces) places.delete(oldest);
        places.set(ticketId, elsewhere);
        return find(elsewhere);
      }
    },
    addNote: ({ ticketId }, note, sendByMs, signal) =>
      http.add((places.get(ticketId) ?? usual).add(ticketId, note), sendByMs, signal),
  };
}

export function jsonRequest(method: NoteRequest['method'], url: URL, body: object): NoteRequest {
  return { method, url, contentType: 'application/json', body: JSON.stringify(body) };
}

/** @param credential `user:password` */
export function basic(credential: string): string {
  return `Basic ${Buffer.from(credential).toString('base64')}`;
}

/** Characters of a desk's own words that are quoted. */
const longestWords = 100;

/** A desk's own words in one short line, for the message of a failure. */
export function inShort(words: string): string {
  const line = words.replace(/[\s\p{C}]+/gu, ' ').trim();
  return line.length <= longestWords ? line : `${line.slice(0, longestWords)}…`;
}

import type { NoteToPost } from '../../enhancement/index.js';
import type { HttpAnswer } from '../http-exchange.js';
import type { ProxyFor } from '../proxy.js';
import { KeptElsewhereError, readCredential, type Said } from './desk-failures.js';
import {
  createDeskHttp,
  type DeskHttpOptions,
  defaultSettleMs,
  defaultTimeoutMs,
  type NoteRequest,
  pageTimeoutMs,
} from './desk-http.js';
import type { DeskSecrets, OpenedDesk } from './desk-kind.js';
import { takesCredential } from './desk-settings.js';
import { withRequestReserve } from './request-reserve.js';
import { findInPages, type NotesPage } from './note-pages.js';
import type { Get, ResolvedTickets } from './resolved-tickets.js';

/** Where a desk keeps the notes of a ticket. */
export interface NotePlace {
  /** The first page of a ticket's notes. */
  notes(ticketId: string): URL;
  /**
   * @param url from which the page was read
   * @throws {EnhancementError} `DESK_ANSWER_INVALID` when its form is not documented
   */
  readPage(body: unknown, url: URL): NotesPage;
  /** An internal note: the requester must never see it. */
  add(ticketId: string, note: NoteToPost): NoteRequest;
}

/** A desk whose notes are read and added with one credential and one request each. */
export interface RestApi extends NotePlace {
  /** Headers with the credential. */
  authorize(credential: string): Readonly<Record<string, string>>;
  read(answer: HttpAnswer, body: unknown): Said;
  /** The place of notes for tickets whose answer means `elsewhere`. Default: none. */
  readonly elsewhere?: NotePlace;
  /** Address of a request that changes nothing and fails if the credential is wrong. */
  readonly probe: URL;
  resolved(get: Get): ResolvedTickets;
}

export interface RestSettings {
  /** The address in front of the API's path, without a slash at its end. */
  readonly base_url: string;
  readonly credential: string;
  readonly allow_private_network: boolean;
}

const mostPlaces = 1000;

export function openRestDesk(
  { credential, allow_private_network: allowPrivateNetwork }: RestSettings,
  secrets: DeskSecrets,
  api: RestApi,
): OpenedDesk {
  // Read at each request: a renewed credential needs no reload.
  const current = secrets.renewable('desk.credential', credential);
  const options = (proxyFor: ProxyFor | undefined, timeoutMs: number): DeskHttpOptions => ({
    headers: async () => ({ accept: 'application/json', ...api.authorize(readCredential(current)) }),
    read: api.read,
    allowPrivateNetwork,
    proxyFor,
    timeoutMs,
  });
  return {
    connect({ proxyFor }) {
      const desk = createDeskHttp(options(proxyFor, defaultTimeoutMs));
      /** Places of tickets whose notes were searched: a note is searched before it is added. */
      const places = new Map<string, NotePlace>();
      return {
        longestExchangeMs: defaultTimeoutMs,
        settleMs: defaultSettleMs,
        async hasNote({ ticketId }, marker, signal) {
          const find = (place: NotePlace): Promise<boolean> =>
            findInPages(place.notes(ticketId), marker, async (url) => place.readPage(await desk.get(url, signal), url));
          try {
            return await find(places.get(ticketId) ?? api);
          } catch (error) {
            if (!(error instanceof KeptElsewhereError) || api.elsewhere === undefined) throw error;
            if (places.size >= mostPlaces) places.clear();
            places.set(ticketId, api.elsewhere);
            return find(api.elsewhere);
          }
        },
        addNote: ({ ticketId }, note, sendByMs, signal) =>
          desk.add((places.get(ticketId) ?? api).add(ticketId, note), sendByMs, signal),
      };
    },
    async probe({ proxyFor, timeoutMs }, signal) {
      await createDeskHttp(options(proxyFor, timeoutMs)).get(api.probe, signal);
      return takesCredential(api.probe, proxyFor(api.probe));
    },
    resolved: (tools) =>
      api.resolved(createDeskHttp(withRequestReserve(options(tools.proxyFor, pageTimeoutMs), tools)).get),
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

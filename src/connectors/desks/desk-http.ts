import { EnhancementError, type NoteOutcome, toEnhancementError } from '../../enhancement/index.js';
import { mostStructure, parseBoundedJson } from '../../json/bounded-json.js';
import { cutText } from '../../logging/cut-text.js';
import { presentable } from '../../logging/describe-error.js';
import { isPage, wordsOfPage } from '../page-words.js';
import { exchangeHttp, type HttpAnswer, type HttpExchange, type HttpExchangeError } from '../http-exchange.js';
import type { ProxyFor } from '../proxy.js';
import type { Credential } from './desk-kind.js';

/**
 * Requests to a desk over HTTP, and what its answers mean for a job: one table for all desks (docs/failures.md). A desk says
 * which of the answers are its own; anything else comes from a proxy, a login page or another server, and passes or can be
 * corrected.
 */

/** What an answer says in the words of the desk's API. */
export type Said =
  | { readonly kind: 'success'; readonly body: unknown }
  | {
      readonly kind: 'failure';
      /** The desk's codes or words for it, short and without text of the ticket. */
      readonly detail: readonly string[];
      readonly meaning?: Meaning | undefined;
    }
  /** Nothing of the API's, or words that contradict the status. */
  | { readonly kind: 'foreign'; readonly detail?: readonly string[]; readonly meaning?: Meaning | undefined };

/** What a desk says by a code or a header of its own, whatever the status. */
export type Meaning =
  /** Too many requests. */
  | 'throttled'
  /** The credential is not allowed to do this. */
  | 'forbidden'
  /** The credential is not taken. */
  | 'unauthorized'
  /** The desk failed. */
  | 'unavailable'
  /** The notes of this ticket are at another address of the API. */
  | 'elsewhere';

/** For a desk that keeps the notes of some tickets at another address. */
export class KeptElsewhereError extends EnhancementError {}

export interface DeskHttpOptions {
  /**
   * Headers that show who this client is, made anew for each request.
   *
   * @throws {EnhancementError} when the credential cannot be had
   */
  readonly headers: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  readonly read: (answer: HttpAnswer, body: unknown) => Said;
  /** The desk refused the credential. Default: nothing is done. */
  readonly onRefused?: () => Promise<void>;
  readonly allowPrivateNetwork: boolean;
  readonly proxyFor?: ProxyFor | undefined;
  /** For one request, milliseconds. */
  readonly timeoutMs: number;
  /** What is read of one answer. Default: {@link answerBounds}. */
  readonly bounds?: AnswerBounds;
}

export interface AnswerBounds {
  readonly bytes: number;
  /** Of JSON: {@link parseBoundedJson}. */
  readonly structure: number;
}

export interface NoteRequest {
  readonly method: 'POST' | 'PUT';
  readonly url: URL;
  readonly contentType: string;
  readonly body: string;
}

export interface DeskHttp {
  /**
   * A request that changes nothing.
   *
   * @returns the body of the API's success
   * @throws {EnhancementError} `DESK_*`; the signal's reason
   */
  get(url: URL, signal: AbortSignal): Promise<unknown>;
  /** A request that adds a note. Never rejects: {@link Desk.addNote}. */
  add(request: NoteRequest, sendByMs: number, signal: AbortSignal): Promise<NoteOutcome>;
}

export const defaultTimeoutMs = 10_000;
/** For a page of tickets, which a desk may have to search for. */
export const pageTimeoutMs = 60_000;
/** How long a note may take to appear after the connection of a request has ended, milliseconds. */
export const defaultSettleMs = 15_000;
/** For a process that serves others meanwhile. */
const answerBounds: AnswerBounds = { bytes: 2 * 1024 * 1024, structure: mostStructure };

/** Statuses that say that the ticket does not exist, or that its data is not taken: no later request can succeed. */
const rejecting: ReadonlySet<number> = new Set([400, 404, 410, 413, 414, 415, 422]);

export function createDeskHttp(options: DeskHttpOptions): DeskHttp {
  const { headers, allowPrivateNetwork, proxyFor, timeoutMs, onRefused = () => Promise.resolve() } = options;
  const { bounds = answerBounds } = options;
  const limits = { maxBytes: bounds.bytes, timeoutMs, allowPrivateNetwork, proxyFor };

  /** @returns what the answer says, and the failure that it is unless it is a success */
  async function readAnswer(answer: HttpAnswer, url: URL): Promise<Success | Failure> {
    const said = options.read(answer, parseBody(answer.text, bounds));
    if (said.kind === 'success') return said;
    const error = failureOf(answer, said, url);
    if (error.code === 'DESK_UNAUTHORIZED') await onRefused();
    return { kind: said.kind, error };
  }

  return {
    async get(url, signal) {
      const exchange: HttpExchange = { method: 'GET', url, headers: await headers(signal), signal, ...limits };
      const outcome = await exchangeHttp(exchange);
      if (outcome.kind !== 'answered') {
        signal.throwIfAborted();
        throw fromExchange(outcome.error);
      }
      const read = await readAnswer(outcome.answer, url);
      if (read.kind === 'success') return read.body;
      throw read.error;
    },
    async add({ method, url, contentType, body }, sendByMs, signal) {
      let sent: Readonly<Record<string, string>>;
      try {
        sent = { ...(await headers(signal)), 'content-type': contentType };
      } catch (error) {
        return { kind: 'not-added', error: toEnhancementError(error, 'UNEXPECTED', 'The credential cannot be used.') };
      }
      const outcome = await exchangeHttp({ method, url, headers: sent, body, sendByMs, signal, ...limits });
      switch (outcome.kind) {
        case 'answered': {
          const read = await readAnswer(outcome.answer, url);
          if (read.kind === 'success') return { kind: 'added' };
          return { kind: read.kind === 'failure' ? 'not-added' : 'unknown', error: read.error };
        }
        case 'not-sent':
          return { kind: 'not-added', error: fromExchange(outcome.error) };
        case 'unknown':
          return { kind: 'unknown', error: fromExchange(outcome.error) };
      }
    },
  };
}

type Success = Extract<Said, { kind: 'success' }>;

interface Failure {
  readonly kind: Exclude<Said['kind'], 'success'>;
  readonly error: EnhancementError;
}

/** @throws {EnhancementError} when the credential cannot be read */
export function readCredential(credential: () => Credential): string {
  const found = credential();
  if (found.ok) return found.value;
  const message = `The desk's credential cannot be used: ${found.problem}.`;
  throw new EnhancementError('DESK_CREDENTIAL_UNREADABLE', message);
}

export function notTheApi(message: string, cause?: unknown): EnhancementError {
  return new EnhancementError('DESK_ANSWER_INVALID', message, { cause });
}

function failureOf(
  { status, contentType, retryAfterMs, headers, text }: HttpAnswer,
  said: Exclude<Said, { kind: 'success' }>,
  url: URL,
): EnhancementError {
  const { host } = url;
  if (status >= 300 && status < 400) {
    const to = leadsTo(headers.location, url);
    return notTheApi(`${host} redirects its API${to} (HTTP ${status}). Set the desk's base_url to where it leads.`);
  }
  const detail = [`HTTP ${status}`, ...(said.detail ?? wordsOf(status, text))].join(', ');
  switch (said.meaning ?? meaningOf(status)) {
    case 'throttled': {
      const message = `${host} has had too many requests (${detail}). Raise the desk's API limit if this lasts.`;
      return new EnhancementError('DESK_RATE_LIMITED', message, { retryAfterMs });
    }
    case 'forbidden': {
      const message = `${host} forbids the request (${detail}). Give the token's user the right to read and add notes, on this ticket too.`;
      return new EnhancementError('DESK_FORBIDDEN', message);
    }
    case 'unauthorized': {
      const message = `${host} refuses the credential (${detail}). Renew the desk's token.`;
      return new EnhancementError('DESK_UNAUTHORIZED', message);
    }
    case 'unavailable': {
      const message = `${host} failed (${detail}). Check that the desk works.`;
      return new EnhancementError('DESK_UNAVAILABLE', message, { retryAfterMs });
    }
    case 'elsewhere': {
      const message = `${host} keeps the notes of this ticket elsewhere (${detail}). Check the desk's release.`;
      return new KeptElsewhereError('DESK_REJECTED', message);
    }
    case undefined:
  }
  if (status === 409 || status === 423) {
    const message = `${host} has the ticket locked or is changing it (${detail}). Release the ticket if this lasts.`;
    return new EnhancementError('DESK_CONFLICT', message, { retryAfterMs });
  }
  if (said.kind === 'failure') {
    if (status >= 400 && !rejecting.has(status)) {
      const message = `${host} refused the request (${detail}). Check the desk's release and what the token may do.`;
      return new EnhancementError('DESK_REFUSED', message);
    }
    const message = `${host} rejected the request (${detail}). Check that the ticket exists and the token may add notes.`;
    return new EnhancementError('DESK_REJECTED', message);
  }
  const what = contentType === '' ? 'something' : contentType;
  return notTheApi(
    `${host} answered with ${what} that is no API answer (${detail}). Check the desk's base_url, and for a login or maintenance page.`,
  );
}

/** Characters of a page, or of an address, in a message. */
const longestWords = 150;

/** What an error page says, for a person who has to find whose it is. Other pages may show a ticket. */
function wordsOf(status: number, text: string): string[] {
  const words = status >= 400 && isPage(text) ? wordsOfPage(text) : '';
  return words === '' ? [] : [presentable(cutText(words.replaceAll(/\s+/g, ' '), longestWords))];
}

/** Without the query, which may have a session in it. */
function leadsTo(location: string | undefined, { href }: URL): string {
  if (location === undefined || !URL.canParse(location, href)) return '';
  const { origin, pathname } = new URL(location, href);
  return ` to ${cutText(`${origin}${pathname}`, longestWords)}`;
}

function meaningOf(status: number): Meaning | undefined {
  if (status === 429) return 'throttled';
  if (status === 403) return 'forbidden';
  if (status === 401) return 'unauthorized';
  return status >= 500 || status === 408 ? 'unavailable' : undefined;
}

function parseBody(text: string, { structure }: AnswerBounds): unknown {
  try {
    return parseBoundedJson(text, undefined, structure);
  } catch {
    return undefined; // what an answer that is not JSON means depends on its status
  }
}

export function fromExchange(error: HttpExchangeError): EnhancementError {
  switch (error.failure) {
    case 'address-forbidden': {
      const message = `${error.message}. If the desk really is in your own network, set allow_private_network for it.`;
      return new EnhancementError('DESK_ADDRESS_FORBIDDEN', message, { cause: error });
    }
    case 'too-large':
    case 'encoded':
      return notTheApi(`The desk's answer cannot be used: ${error.message}.`, error);
    case 'network':
    case 'timeout': {
      const message = `The desk cannot be reached: ${error.message}. Check that it works, and its base_url.`;
      return new EnhancementError('DESK_UNAVAILABLE', message, { cause: error });
    }
    case 'send-too-late': {
      const message = `The note was not sent: ${error.message}. Check that this machine is not overloaded, and how long connecting to the desk takes.`;
      return new EnhancementError('NOTE_NOT_SENT', message, { cause: error });
    }
    case 'aborted':
      return toEnhancementError(
        error.cause,
        'JOB_TIMEOUT',
        'The attempt ended while a request to its desk was under way.',
      );
  }
}

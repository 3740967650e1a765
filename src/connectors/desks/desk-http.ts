import { EnhancementError, type NoteOutcome, toEnhancementError } from '../../enhancement/index.js';
import { mostStructure, parseBoundedJson } from '../../json/bounded-json.js';
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
      /** The desk has had too many requests, whatever the status. */
      readonly throttled?: boolean;
      /** The credential is not allowed to do this, whatever the status. */
      readonly forbidden?: boolean;
    }
  /** Nothing of the API's, or words that contradict the status. */
  | { readonly kind: 'foreign'; readonly detail?: readonly string[]; readonly throttled?: boolean };

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
  /** The same, where an answer of failure may be the right one. */
  ask(url: URL, signal: AbortSignal): Promise<DeskAnswer>;
  /** A request that adds a note. Never rejects: {@link Desk.addNote}. */
  add(request: NoteRequest, sendByMs: number, signal: AbortSignal): Promise<NoteOutcome>;
}

export interface DeskAnswer {
  readonly status: number;
  readonly said: Said;
  /** Undefined: the request succeeded. */
  readonly error: EnhancementError | undefined;
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

  async function answered(answer: HttpAnswer, url: URL): Promise<DeskAnswer> {
    const said = options.read(answer, parseBody(answer.text, bounds));
    const error = said.kind === 'success' ? undefined : failureOf(answer, said, url);
    if (error?.code === 'DESK_UNAUTHORIZED') await onRefused();
    return { status: answer.status, said, error };
  }

  async function ask(url: URL, signal: AbortSignal): Promise<DeskAnswer> {
    const exchange: HttpExchange = { method: 'GET', url, headers: await headers(signal), signal, ...limits };
    const outcome = await exchangeHttp(exchange);
    if (outcome.kind === 'answered') return answered(outcome.answer, url);
    signal.throwIfAborted();
    throw fromExchange(outcome.error);
  }

  return {
    ask,
    async get(url, signal) {
      const { said, error } = await ask(url, signal);
      if (said.kind === 'success') return said.body;
      throw error ?? notTheApi(`${url.host} gave an answer without meaning.`);
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
          const { said, error } = await answered(outcome.answer, url);
          if (error === undefined) return { kind: 'added' };
          return { kind: said.kind === 'failure' ? 'not-added' : 'unknown', error };
        }
        case 'not-sent':
          return { kind: 'not-added', error: fromExchange(outcome.error) };
        case 'unknown':
          return { kind: 'unknown', error: fromExchange(outcome.error) };
      }
    },
  };
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
  { status, contentType, retryAfterMs }: HttpAnswer,
  said: Exclude<Said, { kind: 'success' }>,
  { host }: URL,
): EnhancementError {
  if (status >= 300 && status < 400) {
    return notTheApi(`${host} redirects its API (HTTP ${status}). Set the desk's base_url to where it leads.`);
  }
  const detail = [`HTTP ${status}`, ...(said.detail ?? [])].join(', ');
  if (status === 429 || said.throttled === true) {
    const message = `${host} has had too many requests (${detail}). Raise the desk's API limit if this lasts.`;
    return new EnhancementError('DESK_RATE_LIMITED', message, { retryAfterMs });
  }
  if (status === 403 || (said.kind === 'failure' && said.forbidden === true)) {
    const message = `${host} forbids the request (${detail}). Give the token's user the right to read and add notes, on this ticket too.`;
    return new EnhancementError('DESK_FORBIDDEN', message);
  }
  if (status === 401) {
    const message = `${host} refuses the credential (${detail}). Renew the desk's token.`;
    return new EnhancementError('DESK_UNAUTHORIZED', message);
  }
  if (status >= 500 || status === 408) {
    const message = `${host} failed (${detail}). Check that the desk works.`;
    return new EnhancementError('DESK_UNAVAILABLE', message, { retryAfterMs });
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

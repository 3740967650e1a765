import { z } from 'zod';
import {
  cutTo,
  type Desk,
  EnhancementError,
  type NoteOutcome,
  type Ticket,
  toEnhancementError,
} from '../enhancement/index.js';
import { parseBoundedJson } from '../json/bounded-json.js';
import { exchangeHttp, type HttpAnswer, type HttpExchange, type HttpExchangeError } from './http-exchange.js';
import type { ProxyFor } from './proxy.js';

/**
 * ServiceDesk Plus, REST API v3, on-premises and cloud. The two differ in how a client shows who it is and in what they
 * call a note.
 */

export interface ServiceDeskPlusOptions {
  /** Up to where `/api/v3` begins; no slash at its end. */
  readonly baseUrl: string;
  readonly deployment: 'on-premises' | 'cloud';
  /**
   * Reads the technician's key (on-premises) or OAuth access token (cloud), anew for each request: a renewed one is used
   * without a reload. Not found: the sentence that says why.
   */
  readonly credential: () => Credential;
  readonly allowPrivateNetwork: boolean;
  /** Default: there is no proxy. */
  readonly proxyFor?: ProxyFor | undefined;
  /** For one request, milliseconds. Default: 10,000. */
  readonly timeoutMs?: number;
  /** How long a note may take to appear after the connection of a request has ended, milliseconds. Default: 15,000. */
  readonly settleMs?: number;
}

export type Credential =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string };

const longestAnswerBytes = 2 * 1024 * 1024;
/** Notes that are looked through for our own; a ticket with more than this is no fresh one. */
const pageSize = 100;
const pageLimit = 5;

/** Their own code for "too many requests", which may come with HTTP status 400. */
const rateLimitCode = 4015;
const successCode = 2000;

/** Statuses that say that the ticket does not exist, or that its data is not taken: no later request can succeed. */
const rejecting: ReadonlySet<number> = new Set([400, 404, 410, 413, 414, 415, 422]);

/** Statuses and messages of one answer that are read; a request has one of each. */
const mostMessages = 10;

/** A code of theirs; anything else under that name says nothing. */
const codeSchema = z.coerce.number().pipe(z.int()).optional().catch(undefined);

const statusSchema = z.object({
  status_code: codeSchema,
  status: z.string().optional(),
  messages: cutTo(
    mostMessages,
    z.array(z.object({ status_code: codeSchema, message: z.string().optional() })),
  ).optional(),
});
/** An object for one thing, an array of one for a list. */
const envelopeSchema = z.object({
  response_status: z.union([
    statusSchema,
    cutTo(mostMessages, z.array(statusSchema).min(1)).transform((all) => all[0] ?? {}),
  ]),
});

/** Goes into an address: digits of theirs. */
const idSchema = z.union([z.string().max(64), z.int().transform(String)]);
const noteSchema = z.object({ id: idSchema, description: z.string().nullish() });
/** A desk may list more notes than it was asked for. */
const mostNotes = 2000;
const notesSchema = cutTo(mostNotes, z.array(noteSchema));
const listSchema = z.object({
  notes: notesSchema.optional(),
  request_notes: notesSchema.optional(),
  list_info: z.object({ has_more_rows: z.boolean().optional() }).optional(),
});
const oneSchema = z.object({ note: noteSchema.optional(), request_note: noteSchema.optional() });

const defaultTimeoutMs = 10_000;

/** @throws {EnhancementError} when the credential cannot be read */
function headersFor({ deployment, credential }: ServiceDeskPlusOptions): Record<string, string> {
  const found = credential();
  if (!found.ok) {
    const message = `The desk's credential cannot be used: ${found.problem}.`;
    throw new EnhancementError('DESK_CREDENTIAL_UNREADABLE', message);
  }
  return {
    accept: 'application/vnd.manageengine.sdp.v3+json',
    ...(deployment === 'cloud' ? { authorization: `Zoho-oauthtoken ${found.value}` } : { authtoken: found.value }),
  };
}

/**
 * Asks a desk, without changing anything, whether it is there and takes the credential: for the notes of a request that
 * no desk has, to which its own "there is no such request" is the right answer.
 *
 * @throws {EnhancementError} which says what is wrong and what to do
 */
export async function probeServiceDeskPlus(options: ServiceDeskPlusOptions, signal: AbortSignal): Promise<void> {
  const url = new URL(`${options.baseUrl}/api/v3/requests/0/notes`);
  url.searchParams.set('input_data', JSON.stringify({ list_info: { row_count: 1, start_index: 1 } }));
  const { allowPrivateNetwork, proxyFor, timeoutMs = defaultTimeoutMs } = options;
  const request = { method: 'GET', url, headers: headersFor(options), maxBytes: longestAnswerBytes } as const;
  const answer = await ask({ ...request, timeoutMs, allowPrivateNetwork, proxyFor, signal });
  const knowsNoSuchRequest = answer.status === 404 || answer.status === 400;
  // In the API's own words only: any web server has a 404.
  if (knowsNoSuchRequest && envelopeSchema.safeParse(parseBody(answer.text)).success) return;
  valueOf(read(answer, url));
}

/** For requests that change nothing, whose outcome therefore does not matter. */
async function ask(exchange: HttpExchange): Promise<HttpAnswer> {
  const outcome = await exchangeHttp(exchange);
  if (outcome.kind === 'answered') return outcome.answer;
  exchange.signal.throwIfAborted();
  throw fromExchange(outcome.error);
}

export function createServiceDeskPlus(options: ServiceDeskPlusOptions): Desk {
  const { baseUrl, deployment, allowPrivateNetwork, timeoutMs = defaultTimeoutMs, settleMs = 15_000 } = options;
  const wrapper = deployment === 'cloud' ? 'request_note' : 'note';
  const notesUrl = (ticket: Ticket): string =>
    `${baseUrl}/api/v3/requests/${encodeURIComponent(ticket.ticketId)}/notes`;

  const limits = { maxBytes: longestAnswerBytes, timeoutMs, allowPrivateNetwork, proxyFor: options.proxyFor };

  async function get(url: URL, signal: AbortSignal): Promise<unknown> {
    return valueOf(read(await ask({ method: 'GET', url, headers: headersFor(options), signal, ...limits }), url));
  }

  async function description(ticket: Ticket, noteId: string, signal: AbortSignal): Promise<string> {
    const one = await get(new URL(`${notesUrl(ticket)}/${encodeURIComponent(noteId)}`), signal);
    const { note, request_note } = parse(oneSchema, one);
    return (note ?? request_note)?.description ?? '';
  }

  return {
    longestExchangeMs: timeoutMs,
    settleMs,

    async hasNote(ticket, marker, signal) {
      for (let page = 0; page < pageLimit; page++) {
        const url = new URL(notesUrl(ticket));
        const list_info = { row_count: pageSize, start_index: page * pageSize + 1 };
        url.searchParams.set('input_data', JSON.stringify({ list_info }));
        const { notes, request_notes, list_info: info } = parse(listSchema, await get(url, signal));
        for (const { id, description: listed } of notes ?? request_notes ?? []) {
          // Some releases leave the text out of the list.
          const text = listed ?? (await description(ticket, id, signal));
          if (text.includes(marker)) return true;
        }
        if (info?.has_more_rows !== true) return false;
      }
      return false;
    },

    async addNote(ticket, note, sendByMs, signal) {
      const flags = { show_to_requester: false, mark_first_response: false, add_to_linked_requests: false };
      const cloudFlags = deployment === 'cloud' ? { notify_technician: false } : {};
      const input = { [wrapper]: { description: note.html, ...flags, ...cloudFlags } };
      const body = new URLSearchParams({ input_data: JSON.stringify(input) }).toString();
      const url = new URL(notesUrl(ticket));
      let headers: Record<string, string>;
      try {
        headers = headersFor(options);
      } catch (error) {
        return { kind: 'not-added', error: toEnhancementError(error, 'UNEXPECTED', 'The credential cannot be used.') };
      }
      const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
      const outcome = await exchangeHttp({ method: 'POST', url, headers: form, body, sendByMs, signal, ...limits });
      switch (outcome.kind) {
        case 'answered':
          return noteOutcome(read(outcome.answer, url));
        case 'not-sent':
          return { kind: 'not-added', error: fromExchange(outcome.error) };
        case 'unknown':
          return { kind: 'unknown', error: fromExchange(outcome.error) };
      }
    },
  };
}

/** What an answer says: in the desk's own words, or in words that may be those of a proxy in front of it. */
type Answer =
  | { readonly kind: 'success'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly error: EnhancementError }
  | { readonly kind: 'unclear'; readonly error: EnhancementError };

function valueOf(answer: Answer): unknown {
  if (answer.kind === 'success') return answer.body;
  throw answer.error;
}

function noteOutcome(answer: Answer): NoteOutcome {
  switch (answer.kind) {
    case 'success':
      return { kind: 'added' };
    case 'refused':
      return { kind: 'not-added', error: answer.error };
    case 'unclear':
      return { kind: 'unknown', error: answer.error };
  }
}

function read(answer: HttpAnswer, url: URL): Answer {
  const body = parseBody(answer.text);
  const said = envelopeSchema.safeParse(body).data?.response_status;
  const success = said !== undefined && succeeded(said);
  if (success && answer.status < 300) return { kind: 'success', body };
  // A success under an HTTP status of failure is no refusal: one of the two is not the desk's.
  const refused = said !== undefined && !success && failed(said);
  return { kind: refused ? 'refused' : 'unclear', error: failureOf(answer, said, url) };
}

function failureOf(
  { status, contentType, retryAfterMs }: HttpAnswer,
  said: z.infer<typeof statusSchema> | undefined,
  { host }: URL,
): EnhancementError {
  if (status >= 300 && status < 400) {
    return notTheApi(`${host} redirects its API (HTTP ${status}). Set the desk's base_url to where it leads.`);
  }
  const codes = [said?.status_code, ...(said?.messages ?? []).map((message) => message.status_code)];
  const detail = [`HTTP ${status}`, ...codes.filter((code) => code !== undefined).map((code) => `code ${code}`)].join(
    ', ',
  );
  if (status === 429 || codes.includes(rateLimitCode)) {
    const message = `${host} has had too many requests (${detail}). Raise the desk's API limit if this lasts.`;
    return new EnhancementError('DESK_RATE_LIMITED', message, { retryAfterMs });
  }
  if (status === 401 || status === 403) {
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
  // Only the API's own words say something of this very request: the rest comes from a proxy, a login page or another
  // server, and passes or can be corrected.
  if (said !== undefined && failed(said)) {
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

function succeeded({ status, status_code }: z.infer<typeof statusSchema>): boolean {
  return status?.toLowerCase() === 'success' || status_code === successCode;
}

function failed({ status, status_code }: z.infer<typeof statusSchema>): boolean {
  return status?.toLowerCase() === 'failed' || (status_code !== undefined && status_code !== successCode);
}

function parseBody(text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch {
    return undefined; // what an answer that is not JSON means depends on its status
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw notTheApi(
    'The desk answered with notes of a form that is not documented. Check the desk’s release and base_url.',
    parsed.error,
  );
}

function notTheApi(message: string, cause?: unknown): EnhancementError {
  return new EnhancementError('DESK_ANSWER_INVALID', message, { cause });
}

function fromExchange(error: HttpExchangeError): EnhancementError {
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

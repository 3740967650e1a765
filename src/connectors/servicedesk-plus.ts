import { z } from 'zod';
import { cutTo, type Desk, EnhancementError, type Ticket } from '../enhancement/index.js';
import { parseBoundedJson } from '../json/bounded-json.js';
import { exchangeHttp, type HttpAnswer, HttpExchangeError } from './http-exchange.js';

/**
 * ServiceDesk Plus, REST API v3, on-premises and cloud. The two differ in how a client shows who it is and in what they
 * call a note.
 */

export interface ServiceDeskPlusOptions {
  /** Up to where `/api/v3` begins; no slash at its end. */
  readonly baseUrl: string;
  readonly deployment: 'on-premises' | 'cloud';
  /** A technician's key (on-premises) or an OAuth access token (cloud). */
  readonly credential: string;
  readonly allowPrivateNetwork: boolean;
  /** For one request, milliseconds. Default: 10,000. */
  readonly timeoutMs?: number;
  /** How long a note may take to appear after a request of unknown outcome, milliseconds. Default: 15,000. */
  readonly settleMs?: number;
}

const longestAnswerBytes = 2 * 1024 * 1024;
/** Notes that are looked through for our own; a ticket with more than this is no fresh one. */
const pageSize = 100;
const pageLimit = 5;

/** Their own code for "too many requests", which may come with HTTP status 400. */
const rateLimitCode = 4015;
const successCode = 2000;

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

function headersFor({ deployment, credential }: ServiceDeskPlusOptions): Record<string, string> {
  return {
    accept: 'application/vnd.manageengine.sdp.v3+json',
    ...(deployment === 'cloud' ? { authorization: `Zoho-oauthtoken ${credential}` } : { authtoken: credential }),
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
  const { allowPrivateNetwork, timeoutMs = defaultTimeoutMs } = options;
  try {
    const request = { method: 'GET', url, headers: headersFor(options), maxBytes: longestAnswerBytes } as const;
    const answer = await exchangeHttp({ ...request, timeoutMs, allowPrivateNetwork, signal });
    const knowsNoSuchRequest = answer.status === 404 || answer.status === 400;
    // In the API's own words only: any web server has a 404.
    if (knowsNoSuchRequest && envelopeSchema.safeParse(parseBody(answer.text)).success) return;
    read(answer, url);
  } catch (error) {
    throw error instanceof HttpExchangeError ? fromExchange(error) : error;
  }
}

export function createServiceDeskPlus(options: ServiceDeskPlusOptions): Desk {
  const { baseUrl, deployment, allowPrivateNetwork, timeoutMs = defaultTimeoutMs, settleMs = 15_000 } = options;
  const headers = headersFor(options);
  const wrapper = deployment === 'cloud' ? 'request_note' : 'note';
  const notesUrl = (ticket: Ticket): string =>
    `${baseUrl}/api/v3/requests/${encodeURIComponent(ticket.ticketId)}/notes`;

  async function call(
    method: 'GET' | 'POST',
    url: URL,
    signal: AbortSignal,
    sending: { body?: string; sendWithinMs?: number } = {},
  ): Promise<unknown> {
    const { body, sendWithinMs } = sending;
    try {
      const answer = await exchangeHttp({
        method,
        url,
        headers: body === undefined ? headers : { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        maxBytes: longestAnswerBytes,
        timeoutMs,
        allowPrivateNetwork,
        signal,
        ...(body === undefined ? {} : { body }),
        ...(sendWithinMs === undefined ? {} : { sendWithinMs }),
      });
      return read(answer, url);
    } catch (error) {
      throw error instanceof HttpExchangeError ? fromExchange(error) : error;
    }
  }

  async function description(ticket: Ticket, noteId: string, signal: AbortSignal): Promise<string> {
    const one = await call('GET', new URL(`${notesUrl(ticket)}/${encodeURIComponent(noteId)}`), signal);
    const { note, request_note } = parse(oneSchema, one);
    return (note ?? request_note)?.description ?? '';
  }

  return {
    settleMs,

    async hasNote(ticket, marker, signal) {
      for (let page = 0; page < pageLimit; page++) {
        const url = new URL(notesUrl(ticket));
        const list_info = { row_count: pageSize, start_index: page * pageSize + 1 };
        url.searchParams.set('input_data', JSON.stringify({ list_info }));
        const { notes, request_notes, list_info: info } = parse(listSchema, await call('GET', url, signal));
        for (const { id, description: listed } of notes ?? request_notes ?? []) {
          // Some releases leave the text out of the list.
          const text = listed ?? (await description(ticket, id, signal));
          if (text.includes(marker)) return true;
        }
        if (info?.has_more_rows !== true) return false;
      }
      return false;
    },

    async addNote(ticket, note, sendWithinMs, signal) {
      const flags = { show_to_requester: false, mark_first_response: false, add_to_linked_requests: false };
      const cloudFlags = deployment === 'cloud' ? { notify_technician: false } : {};
      const input = { [wrapper]: { description: note.html, ...flags, ...cloudFlags } };
      const body = new URLSearchParams({ input_data: JSON.stringify(input) }).toString();
      await call('POST', new URL(notesUrl(ticket)), signal, { body, sendWithinMs });
    },
  };
}

/** The answer's JSON if it is a success; what the desk said went wrong otherwise. */
function read({ status, contentType, retryAfterMs, text }: HttpAnswer, { host }: URL): unknown {
  if (status >= 300 && status < 400) {
    throw rejected(`${host} redirects its API (HTTP ${status}). Set the desk's base_url to where it leads.`);
  }
  const body = parseBody(text);
  const said = envelopeSchema.safeParse(body).data?.response_status;
  if (said !== undefined && succeeded(said) && status < 300) return body;
  const codes = [said?.status_code, ...(said?.messages ?? []).map((message) => message.status_code)];
  const detail = [`HTTP ${status}`, ...codes.filter((code) => code !== undefined).map((code) => `code ${code}`)].join(
    ', ',
  );
  if (status === 429 || codes.includes(rateLimitCode)) {
    throw new EnhancementError('DESK_RATE_LIMITED', `${host} has had too many requests (${detail}).`, {
      retryable: true,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  if (status === 401 || status === 403) {
    throw new EnhancementError(
      'DESK_UNAUTHORIZED',
      `${host} refuses the credential (${detail}). Renew the desk's token.`,
      {
        retryable: false,
      },
    );
  }
  if (status >= 500 || status === 408) {
    throw new EnhancementError('DESK_UNAVAILABLE', `${host} failed (${detail}).`, {
      retryable: true,
      // Its own words are the desk's verdict; a bare 5xx may be a proxy that gave up waiting for a desk that did not.
      outcomeUnknown: said === undefined,
      ...(retryAfterMs === undefined || said === undefined ? {} : { retryAfterMs }),
    });
  }
  if (said !== undefined || status >= 400) {
    throw rejected(
      `${host} rejected the request (${detail}). Check that the ticket exists and the token may add notes.`,
    );
  }
  const what = contentType === '' ? 'something' : contentType;
  throw new EnhancementError(
    'DESK_ANSWER_INVALID',
    `${host} answered with ${what} that is no API answer (${detail}). Check the desk's base_url, and for a login page.`,
    { retryable: true, outcomeUnknown: true },
  );
}

function succeeded({ status, status_code }: z.infer<typeof statusSchema>): boolean {
  return status?.toLowerCase() === 'success' || status_code === successCode;
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
  throw new EnhancementError('DESK_ANSWER_INVALID', 'The desk answered with notes of a form that is not documented.', {
    retryable: true,
    outcomeUnknown: true,
    cause: parsed.error,
  });
}

function rejected(message: string): EnhancementError {
  return new EnhancementError('DESK_REJECTED', message, { retryable: false });
}

function fromExchange(error: HttpExchangeError): EnhancementError {
  switch (error.failure) {
    case 'address-forbidden':
      return new EnhancementError(
        'DESK_ADDRESS_FORBIDDEN',
        `${error.message}. If the desk really is in your own network, set allow_private_network for it.`,
        { retryable: false, cause: error },
      );
    case 'too-large':
    case 'encoded':
      return new EnhancementError('DESK_ANSWER_INVALID', `The desk's answer cannot be used: ${error.message}.`, {
        retryable: true,
        outcomeUnknown: true,
        cause: error,
      });
    case 'network':
    case 'timeout':
    case 'send-too-late':
      return new EnhancementError('DESK_UNAVAILABLE', `The desk cannot be reached: ${error.message}.`, {
        retryable: true,
        outcomeUnknown: error.sent,
        cause: error,
      });
  }
}

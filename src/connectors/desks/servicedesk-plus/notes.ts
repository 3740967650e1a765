import { z } from 'zod';
import { cutTo, type Desk, EnhancementError } from '../../../enhancement/index.js';
import type { HttpAnswer } from '../../http-exchange.js';
import type { ProxyFor } from '../../proxy.js';
import { type Meaning, readCredential, type Said } from '../desk-failures.js';
import { createDeskHttp, type DeskHttpOptions, defaultSettleMs, defaultTimeoutMs } from '../desk-http.js';
import type { Credential } from '../desk-kind.js';
import { createNotes, inShort, type NotePlace } from '../rest-desk.js';
import type { AccessTokens } from './access-tokens.js';
import { mostNotes, parseListed, withParameter, withPath } from '../note-pages.js';

/**
 * ServiceDesk Plus, REST API v3, on-premises and cloud. The two differ in authentication and in the names of a note's fields.
 */

export interface ServiceDeskPlusOptions {
  /** The address in front of `/api/v3`, without a slash at its end. */
  readonly baseUrl: string;
  readonly deployment: 'on-premises' | 'cloud';
  /**
   * Reads the technician's key (on-premises) or OAuth access token (cloud), anew for each request: a renewed one is used
   * without a reload. Not found: the sentence that says why. Used where there are no `tokens`.
   */
  readonly credential?: () => Credential;
  /** OAuth access tokens that are renewed (cloud). */
  readonly tokens?: AccessTokens;
  readonly allowPrivateNetwork: boolean;
  /** Default: there is no proxy. */
  readonly proxyFor?: ProxyFor | undefined;
  /** For one request, milliseconds. Default: 10,000. */
  readonly timeoutMs?: number;
  /** How long a note may take to appear after the connection of a request has ended, milliseconds. Default: 15,000. */
  readonly settleMs?: number;
}

const pageSize = 100;

/** Codes that are more exact than the HTTP status, which may be 200 or 400. 7001: the license does not allow the request. */
const meanings: ReadonlyMap<number | undefined, Meaning> = new Map<number, Meaning>([
  [4002, 'forbidden'],
  [4004, 'unavailable'],
  [4015, 'throttled'],
  [4022, 'unauthorized'],
  [7001, 'forbidden'],
]);
const successCode = 2000;

/** Statuses and messages of one answer that are read; a request has one of each. */
const mostMessages = 10;

/** A documented code; any other value is ignored. */
const codeSchema = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ])
  .optional()
  .catch(undefined);

const statusSchema = z.object({
  status_code: codeSchema,
  status: z.string().nullish(),
  messages: cutTo(
    mostMessages,
    z.array(z.object({ status_code: codeSchema, message: z.string().nullish() })),
  ).nullish(),
});
type Status = z.infer<typeof statusSchema>;
/** An object for a single resource, an array of one for a list. */
const envelopeSchema = z.object({
  response_status: z.union([
    statusSchema,
    cutTo(mostMessages, z.array(statusSchema).min(1)).transform((all): Status => all[0] ?? {}),
  ]),
});

/** Digits only, because it is put into an address. */
const idSchema = z.union([z.string().max(64), z.int().transform(String)]);
const noteSchema = z.object({ id: idSchema, description: z.string().nullish() });
const notesSchema = cutTo(mostNotes, z.array(noteSchema));
/** Missing fields may be null. */
const listSchema = z.object({
  notes: notesSchema.nullish(),
  request_notes: notesSchema.nullish(),
  list_info: z.object({ has_more_rows: z.boolean().nullish() }).nullish(),
});
const oneSchema = z.object({ note: noteSchema.nullish(), request_note: noteSchema.nullish() });

/** Zoho's servers in front of the API: `INVALID_OAUTHTOKEN`, `OAUTH_SCOPE_MISMATCH`. */
const gatewaySchema = z.object({ error: z.string().max(100) });

const noCredential = (): Credential => ({ ok: false, problem: 'the desk has none' });

export function httpOptions(options: ServiceDeskPlusOptions): DeskHttpOptions {
  const { deployment, credential = noCredential, tokens } = options;
  const { allowPrivateNetwork, proxyFor, timeoutMs = defaultTimeoutMs } = options;
  return {
    async headers(signal) {
      const token = tokens === undefined ? readCredential(credential) : await tokens.current(signal);
      return {
        accept: 'application/vnd.manageengine.sdp.v3+json',
        ...(deployment === 'cloud' ? { authorization: `Zoho-oauthtoken ${token}` } : { authtoken: token }),
      };
    },
    read,
    ...(tokens === undefined ? {} : { onRefused: tokens.refused }),
    allowPrivateNetwork,
    proxyFor,
    timeoutMs,
  };
}

const listFrom = (start_index: number, row_count = pageSize): string =>
  JSON.stringify({ list_info: { row_count, start_index } });

/**
 * Requests the notes of a ticket that cannot exist: the desk's own "no such request" is the expected answer.
 *
 * @throws {EnhancementError} which says what is wrong and what to do
 */
export async function probeServiceDeskPlus(options: ServiceDeskPlusOptions, signal: AbortSignal): Promise<void> {
  const url = withParameter(new URL(`${options.baseUrl}/api/v3/requests/0/notes`), 'input_data', listFrom(1, 1));
  try {
    await createDeskHttp(httpOptions(options)).get(url, signal);
  } catch (error) {
    if (!(error instanceof EnhancementError && error.code === 'DESK_REJECTED')) throw error;
  }
}

export function createServiceDeskPlus(options: ServiceDeskPlusOptions): Desk {
  const { baseUrl, deployment, timeoutMs = defaultTimeoutMs, settleMs = defaultSettleMs } = options;
  const wrapper = deployment === 'cloud' ? 'request_note' : 'note';
  const notes = (id: string): URL => new URL(`${baseUrl}/api/v3/requests/${encodeURIComponent(id)}/notes`);
  const place: NotePlace = {
    notes: (id) => withParameter(notes(id), 'input_data', listFrom(1)),
    async readPage(body, url, get) {
      const { notes: listed, request_notes, list_info } = parseListed(listSchema, body, 'notes');
      const texts: string[] = [];
      for (const { id, description } of listed ?? request_notes ?? []) {
        // Some releases leave the text out of the list.
        const one = withPath(url, `${url.pathname}/${encodeURIComponent(id)}`);
        texts.push(description ?? (await descriptionOf(one, get)));
      }
      const [, start] = /"start_index":(\d+)/.exec(url.searchParams.get('input_data') ?? '') ?? [];
      const next = withParameter(url, 'input_data', listFrom(Number(start) + pageSize));
      return { texts, next: list_info?.has_more_rows === true ? next : undefined };
    },
    add(id, note) {
      const flags = { show_to_requester: false, mark_first_response: false, add_to_linked_requests: false };
      const cloudFlags = deployment === 'cloud' ? { notify_technician: false } : {};
      const input = { [wrapper]: { description: note.html, ...flags, ...cloudFlags } };
      const body = new URLSearchParams({ input_data: JSON.stringify(input) }).toString();
      return { method: 'POST', url: notes(id), contentType: 'application/x-www-form-urlencoded', body };
    },
  };
  // A token may be renewed first.
  const longestExchangeMs = options.tokens === undefined ? timeoutMs : 2 * timeoutMs;
  return createNotes(createDeskHttp(httpOptions(options)), place, { longestExchangeMs, settleMs });
}

async function descriptionOf(url: URL, get: (url: URL) => Promise<unknown>): Promise<string> {
  const { note, request_note } = parseListed(oneSchema, await get(url), 'notes');
  return (note ?? request_note)?.description ?? '';
}

function read({ status }: HttpAnswer, body: unknown): Said {
  const said = envelopeSchema.safeParse(body).data?.response_status;
  if (said === undefined) {
    const error = gatewaySchema.safeParse(body).data?.error;
    return { kind: 'foreign', ...(error === undefined ? {} : { detail: [inShort(error)] }) };
  }
  const codes = [said.status_code, ...(said.messages ?? []).map((message) => message.status_code)];
  const detail = codes.filter((code) => code !== undefined).map((code) => `code ${code}`);
  const meaning = codes.map((code) => meanings.get(code)).find((one) => one !== undefined);
  const success = succeeded(said);
  if (success && status < 300) return { kind: 'success', body };
  // A success with an HTTP status of failure is foreign: one of the two is not the desk's.
  return { kind: !success && failed(said) ? 'failure' : 'foreign', detail, meaning };
}

function succeeded({ status, status_code }: Status): boolean {
  return status?.toLowerCase() === 'success' || status_code === successCode;
}

function failed({ status, status_code }: Status): boolean {
  return status?.toLowerCase() === 'failed' || (status_code !== undefined && status_code !== successCode);
}

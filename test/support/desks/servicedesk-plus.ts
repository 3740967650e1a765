import { z } from 'zod';
import {
  answer,
  changedSince,
  type DeskProtocol,
  type DeskRequest,
  type Found,
  type KeptTicket,
  parseJson,
  type Reply,
  resolutionOf,
  retryAfter,
} from './protocol.js';

/** ServiceDesk Plus, REST API v3: `input_data` in a form, its own envelope around every answer, its error bodies. */

const flag = z.boolean();
const postedSchema = z.strictObject({
  description: z.string().min(1),
  show_to_requester: flag.optional(),
  mark_first_response: flag.optional(),
  add_to_linked_requests: flag.optional(),
  notify_technician: flag.optional(),
});
/** A search for the requests that were updated after a time. */
const searchSchema = z.object({
  list_info: z.strictObject({
    row_count: z.number().max(100),
    start_index: z.number().min(1),
    sort_field: z.literal('created_time'),
    sort_order: z.literal('asc'),
    search_criteria: z.tuple([
      z.strictObject({
        field: z.literal('last_updated_time'),
        condition: z.literal('greater than'),
        value: z.string().regex(/^\d{13}$/),
      }),
    ]),
    fields_required: z.array(z.string()),
  }),
});
const listInfoSchema = z.object({
  list_info: z.object({ row_count: z.number().max(100), start_index: z.number().min(1) }),
});

const success = { status_code: 2000, status: 'success' };

export interface ServiceDeskPlusServerOptions {
  readonly deployment?: 'on-premises' | 'cloud';
  /** Leaves descriptions out of lists, as some releases do. */
  readonly shortLists?: boolean;
}

export function serviceDeskPlusProtocol(options: ServiceDeskPlusServerOptions): DeskProtocol {
  const { deployment = 'on-premises', shortLists = false } = options;
  const wrapper = deployment === 'cloud' ? 'request_note' : 'note';

  const fail = (status: number, code: number, message: string, headers = {}): Reply => {
    const messages = [{ status_code: code, type: 'failed', message }];
    return { status, body: { response_status: { status_code: 4000, messages, status: 'failed' } }, headers };
  };

  function add(ticketId: string, { headers, body }: DeskRequest): Found {
    if (headers['content-type'] !== 'application/x-www-form-urlencoded') {
      return answer(fail(415, 4000, 'UNSUPPORTED_MEDIA_TYPE'));
    }
    const input = parseJson(new URLSearchParams(body).get('input_data') ?? '');
    const posted = z.strictObject({ [wrapper]: postedSchema }).safeParse(input).data?.[wrapper];
    if (posted === undefined) return answer(fail(400, 4001, 'Unable to parse input_data'));
    const { description, show_to_requester = false } = posted;
    return {
      kind: 'add',
      ticketId,
      description,
      show_to_requester,
      added: (note) => ({
        status: 201,
        body: { response_status: success, [wrapper]: { ...note, request: { id: ticketId } } },
      }),
    };
  }

  function list(ticketId: string, url: URL): Found {
    const { list_info } = listInfoSchema.parse(parseJson(url.searchParams.get('input_data') ?? '{}'));
    return {
      kind: 'list',
      ticketId,
      reply(all) {
        const from = list_info.start_index - 1;
        const rows = all.slice(from, from + list_info.row_count);
        const shown = rows.map(({ description, ...rest }) => (shortLists ? rest : { ...rest, description }));
        // What is missing is null rather than absent.
        const body = {
          response_status: [{ ...success, messages: null }],
          list_info: { ...list_info, has_more_rows: from + rows.length < all.length },
          [`${wrapper}s`]: shown.length === 0 ? null : shown,
        };
        return { status: 200, body };
      },
    };
  }

  const timeOf = (time: string): object => ({ display_value: 'Nov 23, 2026', value: String(Date.parse(time)) });

  function search(all: readonly KeptTicket[], url: URL): Reply {
    const input = searchSchema.safeParse(parseJson(url.searchParams.get('input_data') ?? '{}')).data;
    if (input === undefined) return fail(400, 4001, 'Unable to parse input_data');
    const { row_count, start_index, search_criteria } = input.list_info;
    const changed = changedSince(all, Number(search_criteria[0].value)).filter(({ state }) => state !== 'deleted');
    const rows = changed.slice(start_index - 1, start_index - 1 + row_count);
    const requests = rows.map(({ id, state, changedAt }) => ({
      id,
      status: { name: state === 'open' ? 'Open' : 'Closed', in_progress: state === 'open' },
      // One that was opened again keeps it.
      resolved_time: timeOf(changedAt),
      completed_time: null,
    }));
    const list_info = { row_count, start_index, has_more_rows: start_index - 1 + rows.length < changed.length };
    const body = { response_status: [success], list_info, requests: requests.length === 0 ? null : requests };
    return { status: 200, body };
  }

  function one(ticket: KeptTicket): Reply {
    const { id, subject, description, changedAt } = ticket;
    const content = resolutionOf(ticket);
    const resolution = content === undefined ? null : { content, submitted_on: timeOf(changedAt) };
    const request = { id, subject, description, resolution, resolved_time: timeOf(changedAt), completed_time: null };
    return { status: 200, body: { response_status: success, request } };
  }

  return {
    refuse({ headers }, credential) {
      const shown = deployment === 'cloud' ? headers.authorization : headers['authtoken'];
      const expected = deployment === 'cloud' ? `Zoho-oauthtoken ${credential}` : credential;
      if (shown !== expected) return fail(401, 4014, 'UNAUTHORISED');
      if (headers.accept !== 'application/vnd.manageengine.sdp.v3+json') return fail(406, 4000, 'ACCEPT');
      return undefined;
    },
    find(request) {
      if (request.url.pathname === '/api/v3/requests') {
        return { kind: 'tickets', reply: (all) => search(all, request.url) };
      }
      const [, asked] = /^\/api\/v3\/requests\/([^/]+)$/.exec(request.url.pathname) ?? [];
      if (asked !== undefined) {
        const noSuch = fail(404, 4007, 'Invalid URL or ID');
        return { kind: 'list', ticketId: asked, reply: (_notes, kept) => (kept === undefined ? noSuch : one(kept)) };
      }
      const path = /^\/api\/v3\/requests\/([^/]+)\/notes(?:\/([^/]+))?$/.exec(request.url.pathname);
      const [, ticketId, noteId] = path ?? [];
      if (ticketId === undefined) return undefined;
      if (request.method === 'POST') return add(ticketId, request);
      if (noteId === undefined) return list(ticketId, request.url);
      return {
        kind: 'list',
        ticketId,
        reply: (all) => ({
          status: 200,
          body: { response_status: success, [wrapper]: all.find(({ id }) => id === noteId) },
        }),
      };
    },
    noSuchTicket: () => fail(404, 4007, 'Invalid URL or ID'),
    failure: (status, code = 4000) => fail(status, code, 'Internal error'),
    throttled: ({ retryAfterSeconds, asBadRequest = false }) =>
      fail(asBadRequest ? 400 : 429, 4015, 'API request limit exceeded', retryAfter(retryAfterSeconds)),
  };
}

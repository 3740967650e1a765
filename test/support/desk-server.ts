import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { listenOnFreePort, readBody } from './http-server.js';

/**
 * A ServiceDesk Plus as its REST API v3 is documented: `input_data` in a form, its own envelope around every answer,
 * its error bodies. Strict, so that what it takes the real one takes; and as unreliable as a test asks for.
 */

export interface DeskNote {
  readonly id: string;
  readonly description: string;
  readonly show_to_requester: boolean;
  readonly receivedAtMs: number;
}

/** What happens to the next requests, in turn; when the list is empty the desk behaves. */
export type DeskFault =
  | { readonly kind: 'rate-limited'; readonly retryAfterSeconds?: number; readonly asBadRequest?: boolean }
  | { readonly kind: 'error'; readonly status: number; readonly code?: number }
  /** As a proxy or a login page does: not an API answer. */
  | { readonly kind: 'html'; readonly status: number }
  | { readonly kind: 'redirect'; readonly location: string }
  /** Answers, after a while. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Does what was asked, then cuts the connection without an answer. */
  | { readonly kind: 'answer-lost' }
  /** Fails with a status, or does what was asked, when it is let. */
  | { readonly kind: 'held'; readonly until: Promise<void>; readonly status?: number }
  /** Does what was asked, but only this long after the request; the answer never comes. */
  | { readonly kind: 'late'; readonly delayMs: number }
  /** Does what was asked this long after the client hung up, and at the latest `atMostMs` after the request. */
  | { readonly kind: 'after-hang-up'; readonly delayMs: number; readonly atMostMs: number }
  | { readonly kind: 'no-answer' }
  | { readonly kind: 'endless' }
  /** An answer in an encoding that nobody asked for: it could be a bomb. */
  | { readonly kind: 'compressed' }
  | { readonly kind: 'garbage'; readonly body: string; readonly status?: number };

export interface DeskServerOptions {
  readonly deployment?: 'on-premises' | 'cloud';
  readonly credential?: string;
  /** Leaves descriptions out of lists, as some releases do. */
  readonly shortLists?: boolean;
}

export interface DeskServer {
  readonly baseUrl: string;
  readonly requests: {
    method: string;
    path: string;
    headers: IncomingMessage['headers'];
    body: string;
    /** Epoch milliseconds. */
    atMs: number;
  }[];
  notes(ticketId: string): readonly DeskNote[];
  /** Tickets that exist; every id does until this was called. */
  setTickets(ids: readonly string[]): void;
  /** A note that somebody else wrote. */
  addNote(ticketId: string, description: string): void;
  /** For POSTs only, unless `method` says otherwise. */
  failNext(faults: readonly DeskFault[], method?: 'POST' | 'GET'): void;
  /** What happens to requests for which nothing is lined up; undefined: nothing, the desk behaves. */
  behave(usual: (method: 'POST' | 'GET') => DeskFault | undefined): void;
  openConnections(): number;
  /** Refuses every other credential from now on. */
  setCredential(credential: string): void;
  close(): Promise<void>;
}

const flag = z.boolean();
const postedSchema = z.strictObject({
  description: z.string().min(1),
  show_to_requester: flag.optional(),
  mark_first_response: flag.optional(),
  add_to_linked_requests: flag.optional(),
  notify_technician: flag.optional(),
});

export async function startDeskServer(options: DeskServerOptions = {}): Promise<DeskServer> {
  const { deployment = 'on-premises', shortLists = false } = options;
  let { credential = 'desk-secret' } = options;
  const wrapper = deployment === 'cloud' ? 'request_note' : 'note';
  const notes = new Map<string, DeskNote[]>();
  const faults: Record<'POST' | 'GET', DeskFault[]> = { POST: [], GET: [] };
  const requests: DeskServer['requests'] = [];
  const timers = new Set<NodeJS.Timeout>();
  let tickets: readonly string[] | undefined;
  let nextId = 1;
  let usual: (method: 'POST' | 'GET') => DeskFault | undefined = () => undefined;

  const add = (ticketId: string, description: string, show_to_requester = false): DeskNote => {
    const note = { id: String(nextId++), description, show_to_requester, receivedAtMs: Date.now() };
    notes.set(ticketId, [...(notes.get(ticketId) ?? []), note]);
    return note;
  };

  function answer(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
    response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8', ...headers });
    response.end(JSON.stringify(body));
  }

  function fail(response: ServerResponse, status: number, code: number, message: string, headers = {}): void {
    const messages = [{ status_code: code, type: 'failed', message }];
    answer(response, status, { response_status: { status_code: 4000, messages, status: 'failed' } }, headers);
  }

  function after(delayMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, delayMs);
    timers.add(timer);
  }

  /** What the desk does when nothing is wrong; undefined when the request is, and has been answered. */
  function post(
    ticketId: string,
    request: IncomingMessage,
    body: string,
    response: ServerResponse,
  ): object | undefined {
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') {
      fail(response, 415, 4000, 'UNSUPPORTED_MEDIA_TYPE');
      return undefined;
    }
    const input = new URLSearchParams(body).get('input_data');
    let posted: unknown;
    try {
      posted = z.strictObject({ [wrapper]: postedSchema }).parse(JSON.parse(input ?? ''))[wrapper];
    } catch {
      fail(response, 400, 4001, 'Unable to parse input_data');
      return undefined;
    }
    const { description, show_to_requester } = postedSchema.parse(posted);
    const note = add(ticketId, description, show_to_requester);
    return {
      response_status: { status_code: 2000, status: 'success' },
      [wrapper]: { ...note, request: { id: ticketId } },
    };
  }

  function list(ticketId: string, url: URL): object {
    const schema = z.object({
      list_info: z.object({ row_count: z.number().max(100), start_index: z.number().min(1) }),
    });
    const { list_info } = schema.parse(JSON.parse(url.searchParams.get('input_data') ?? '{}'));
    const all = notes.get(ticketId) ?? [];
    const from = list_info.start_index - 1;
    const rows = all.slice(from, from + list_info.row_count);
    return {
      response_status: [{ status_code: 2000, status: 'success' }],
      list_info: { ...list_info, has_more_rows: from + rows.length < all.length },
      [`${wrapper}s`]: rows.map(({ description, ...rest }) => (shortLists ? rest : { ...rest, description })),
    };
  }

  function handle(request: IncomingMessage, body: string, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://desk');
    const path = /^\/api\/v3\/requests\/([^/]+)\/notes(?:\/([^/]+))?$/.exec(url.pathname);
    const shown = deployment === 'cloud' ? request.headers.authorization : request.headers['authtoken'];
    const expected = deployment === 'cloud' ? `Zoho-oauthtoken ${credential}` : credential;
    const ticketId = path?.[1];
    if (shown !== expected) return fail(response, 401, 4014, 'UNAUTHORISED');
    if (request.headers.accept !== 'application/vnd.manageengine.sdp.v3+json')
      return fail(response, 406, 4000, 'ACCEPT');
    if (ticketId === undefined || (tickets !== undefined && !tickets.includes(ticketId))) {
      return fail(response, 404, 4007, 'Invalid URL or ID');
    }
    const method = request.method === 'POST' ? 'POST' : 'GET';
    const fault = faults[method].shift() ?? usual(method);
    const work = (): object | undefined => {
      if (method === 'POST') return post(ticketId, request, body, response);
      if (path?.[2] === undefined) return list(ticketId, url);
      const note = notes.get(ticketId)?.find(({ id }) => id === path[2]);
      return { response_status: { status_code: 2000, status: 'success' }, [wrapper]: note };
    };
    const succeed = (): void => {
      const done = work();
      if (done !== undefined) answer(response, method === 'POST' ? 201 : 200, done);
    };
    if (fault === undefined) return succeed();
    misbehave(fault, request, response, work, succeed);
  }

  function misbehave(
    fault: DeskFault,
    request: IncomingMessage,
    response: ServerResponse,
    work: () => unknown,
    succeed: () => void,
  ): void {
    switch (fault.kind) {
      case 'rate-limited': {
        const { retryAfterSeconds, asBadRequest = false } = fault;
        const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
        return fail(response, asBadRequest ? 400 : 429, 4015, 'API request limit exceeded', headers);
      }
      case 'error':
        return fail(response, fault.status, fault.code ?? 4000, 'Internal error');
      case 'html':
        response.writeHead(fault.status, { 'content-type': 'text/html' });
        response.end('<!doctype html><title>Log in</title><script>alert(1)</script>');
        return;
      case 'redirect':
        response.writeHead(302, { location: fault.location });
        response.end();
        return;
      case 'slow':
        return after(fault.delayMs, succeed);
      case 'held':
        void fault.until.then(() =>
          fault.status === undefined ? succeed() : fail(response, fault.status, 4000, 'Internal error'),
        );
        return;
      case 'answer-lost':
        work();
        request.socket.destroy();
        return;
      case 'late':
        return after(fault.delayMs, () => void work());
      case 'after-hang-up': {
        let acted = false;
        const act = (): void => {
          if (!acted) work();
          acted = true;
        };
        request.socket.once('close', () => after(fault.delayMs, act));
        return after(fault.atMostMs, act);
      }
      case 'no-answer':
        return;
      case 'endless': {
        response.writeHead(200, { 'content-type': 'application/json' });
        const chunk = 'x'.repeat(64 * 1024);
        const pour = (): void => {
          while (!response.destroyed && response.write(chunk));
        };
        response.on('drain', pour);
        return pour();
      }
      case 'compressed':
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        response.end(gzipSync(JSON.stringify(work())));
        return;
      case 'garbage':
        response.writeHead(fault.status ?? 200, { 'content-type': 'application/json' });
        response.end(fault.body);
    }
  }

  const server = createServer((request, response) => {
    readBody(request).then((body) => {
      requests.push({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body,
        atMs: Date.now(),
      });
      handle(request, body, response);
    }, response.destroy.bind(response));
  });
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  const { port, close } = await listenOnFreePort(server);
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    notes: (ticketId) => notes.get(ticketId) ?? [],
    setTickets: (ids) => {
      tickets = ids;
    },
    addNote: (ticketId, description) => void add(ticketId, description),
    failNext: (next, method = 'POST') => void faults[method].push(...next),
    behave: (next) => {
      usual = next;
    },
    openConnections: () => connections.size,
    setCredential: (next) => {
      credential = next;
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      await close();
    },
  };
}

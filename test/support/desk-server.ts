import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { serviceDeskPlusProtocol } from './desks/servicedesk-plus.js';
import type { DeskProtocol, KeptTicket, Reply, StoredNote } from './desks/protocol.js';
import { listenOnFreePort, readBody } from './http-server.js';

/** A desk over HTTP, in one of the protocols of `desks/`, and as unreliable as a test asks for. */

export type DeskNote = StoredNote;

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
  | {
      readonly kind: 'garbage';
      readonly body: string;
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface DeskServerOptions {
  /** Default: ServiceDesk Plus on-premises. */
  readonly protocol?: DeskProtocol;
  readonly deployment?: 'on-premises' | 'cloud';
  /** What the desk takes, in the form of the tenants file. Default: `desk-secret`. */
  readonly credential?: string;
  /** Leaves descriptions out of lists, as some releases of ServiceDesk Plus do. */
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
  /** Tickets that it has from before, for an import; those that `setTickets` leaves out are listed, and gone when they are read. */
  keep(tickets: readonly KeptTicket[]): void;
  /** A note that somebody else wrote. */
  addNote(ticketId: string, description: string): void;
  /** For requests that write, unless `method` says that it is for those that read. */
  failNext(faults: readonly DeskFault[], method?: 'POST' | 'GET'): void;
  /** What happens to requests for which nothing is lined up; undefined: nothing, the desk behaves. */
  behave(usual: (method: 'POST' | 'GET') => DeskFault | undefined): void;
  openConnections(): number;
  /** Refuses every other credential from now on. */
  setCredential(credential: string): void;
  close(): Promise<void>;
}

type Method = 'POST' | 'GET';

export async function startDeskServer(options: DeskServerOptions = {}): Promise<DeskServer> {
  const { protocol = serviceDeskPlusProtocol(options) } = options;
  let { credential = 'desk-secret' } = options;
  const notes = new Map<string, DeskNote[]>();
  const faults: Record<Method, DeskFault[]> = { POST: [], GET: [] };
  const requests: DeskServer['requests'] = [];
  const timers = new Set<NodeJS.Timeout>();
  let tickets: readonly string[] | undefined;
  let kept: readonly KeptTicket[] = [];
  let nextId = 1;
  let usual: (method: Method) => DeskFault | undefined = () => undefined;

  const add = (ticketId: string, description: string, show_to_requester = false): DeskNote => {
    const note = { id: String(nextId++), description, show_to_requester, receivedAtMs: Date.now() };
    notes.set(ticketId, [...(notes.get(ticketId) ?? []), note]);
    return note;
  };

  function answer(response: ServerResponse, { status, body, headers = {} }: Reply): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8', ...headers });
    response.end(text);
  }

  function after(delayMs: number, work: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, delayMs);
    timers.add(timer);
  }

  function handle(request: IncomingMessage, body: string, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://desk');
    const { headers } = request;
    const method: Method = request.method === 'GET' ? 'GET' : 'POST';
    const asked = { method: request.method ?? '', url, headers, body };
    const refusal = protocol.refuse(asked, credential);
    if (refusal !== undefined) return answer(response, refusal);
    const found = protocol.find(asked);
    const fault = faults[method].shift() ?? usual(method);
    const work = (): Reply => {
      if (found === undefined) return protocol.noSuchTicket();
      if (found.kind === 'reply') return found.reply;
      if (found.kind === 'tickets') return found.reply(kept);
      const { ticketId } = found;
      if (tickets !== undefined && !tickets.includes(ticketId)) return protocol.noSuchTicket();
      if (found.kind === 'list') {
        return found.reply(
          notes.get(ticketId) ?? [],
          kept.find(({ id }) => id === ticketId),
        );
      }
      return found.added(add(ticketId, found.description, found.show_to_requester));
    };
    const succeed = (): void => answer(response, work());
    if (fault === undefined) return succeed();
    misbehave(fault, request, response, work, succeed);
  }

  function misbehave(
    fault: DeskFault,
    request: IncomingMessage,
    response: ServerResponse,
    work: () => Reply,
    succeed: () => void,
  ): void {
    switch (fault.kind) {
      case 'rate-limited':
        return answer(response, protocol.throttled(fault));
      case 'error':
        return answer(response, protocol.failure(fault.status, fault.code));
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
          fault.status === undefined ? succeed() : answer(response, protocol.failure(fault.status)),
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
        response.end(gzipSync(JSON.stringify(work().body)));
        return;
      case 'garbage':
        response.writeHead(fault.status ?? 200, { 'content-type': 'application/json', ...fault.headers });
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
    keep: (all) => {
      kept = all;
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

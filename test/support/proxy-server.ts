import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { listenOnFreePort } from './http-server.js';

/** An HTTP proxy: CONNECT and absolute-form, with a password if asked for, and with faults. All names lead to this machine. */

export type ProxyFault =
  /** Answers with this status, and passes nothing on. */
  | { readonly kind: 'refuses'; readonly status: number; readonly reason: string }
  /** Closes the connection without a word. */
  | { readonly kind: 'drops' }
  /** Passes the request on, and closes the connection when the answer begins. */
  | { readonly kind: 'drops-midway' }
  /** Says nothing. */
  | { readonly kind: 'hangs' }
  | { readonly kind: 'garbage' };

export interface ProxyOptions {
  /** `user:password`; undefined: asks nobody. */
  readonly credentials?: string;
  readonly fault?: ProxyFault;
  /** Speaks TLS itself. */
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
}

export interface ProxyServer {
  readonly url: string;
  readonly port: number;
  /** `CONNECT host:port`, `POST http://host/path`. */
  readonly requests: string[];
  /** Header fields of the last request, the proxy's own included. */
  lastHeaders(): IncomingMessage['headers'];
  /** How connections of clients ended, in that order. */
  readonly ends: ('reset' | 'closed')[];
  close(): Promise<void>;
}

export async function startProxy({ credentials, fault, tls }: ProxyOptions = {}): Promise<ProxyServer> {
  const requests: string[] = [];
  const ends: ('reset' | 'closed')[] = [];
  let lastHeaders: IncomingMessage['headers'] = {};
  /** Those of tunnels are the server's no longer, so it does not end them. */
  const clients = new Set<Socket>();

  const server: Server = tls === undefined ? createServer(passOn) : createTlsServer(tls, passOn);
  server.on('connection', (socket: Socket) => {
    clients.add(socket);
    let how: 'reset' | 'closed' = 'closed';
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNRESET') how = 'reset';
    });
    socket.on('close', () => ends.push(how));
  });
  server.on('connect', tunnel);

  /** @returns the status line of a refusal */
  function refusal(request: IncomingMessage): string | undefined {
    requests.push(`${request.method} ${request.url}`);
    lastHeaders = request.headers;
    const expected = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
    if (expected !== undefined && request.headers['proxy-authorization'] !== expected) {
      return '407 Proxy Authentication Required';
    }
    return fault?.kind === 'refuses' ? `${fault.status} ${fault.reason}` : undefined;
  }

  function tunnel(request: IncomingMessage, client: Duplex): void {
    client.on('error', () => undefined);
    const refused = refusal(request);
    if (refused !== undefined) return void client.end(`HTTP/1.1 ${refused}\r\ncontent-length: 2\r\n\r\nno`);
    if (fault?.kind === 'drops') return void client.destroy();
    if (fault?.kind === 'hangs') return;
    if (fault?.kind === 'garbage') return void client.end('SSH-2.0-OpenSSH_9.2\r\n');
    const port = Number(/:(\d+)$/.exec(request.url ?? '')?.[1]);
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    if (fault?.kind === 'drops-midway') {
      // The handshake's answers pass: what comes after the first bytes of the request is the answer to it.
      let sent = 0;
      client.on('data', (data: Buffer) => {
        sent += data.length;
        if (sent > 1500) setTimeout(() => client.destroy(), 100);
      });
    }
  }

  function passOn(request: IncomingMessage, response: ServerResponse): void {
    const refused = refusal(request);
    if (refused !== undefined) {
      const [status = '', ...reason] = refused.split(' ');
      return void response.writeHead(Number(status), reason.join(' ')).end('no');
    }
    if (fault?.kind === 'drops') return void response.destroy();
    if (fault?.kind === 'hangs') return;
    if (fault?.kind === 'garbage') return void response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n');
    const { port, pathname, search } = new URL(request.url ?? '');
    const { 'proxy-authorization': _own, ...headers } = request.headers;
    const to = { host: '127.0.0.1', port, path: `${pathname}${search}`, method: request.method, headers };
    const upstream = httpRequest({ ...to, agent: false }, (answer) => {
      if (fault?.kind === 'drops-midway') return void response.destroy();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  }

  const { port, close } = await listenOnFreePort(server);
  return {
    url: `${tls === undefined ? 'http' : 'https'}://localhost:${port}`,
    port,
    requests,
    lastHeaders: () => lastHeaders,
    ends,
    async close() {
      for (const client of clients) client.destroy();
      await close();
    },
  };
}

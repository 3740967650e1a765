import { request } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { hostOf, proxyAuthorization } from './proxy.js';

/** The tunnel was refused or failed. An answer of the proxy is never treated as one of the server behind it. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code = 'PROXY_FAILED';
}

/** Characters of a proxy's message that are quoted. */
const longestReason = 100;

export type Tunnelled = (error: Error | null, stream?: Duplex) => void;

/**
 * Requests a tunnel from a proxy with CONNECT. Sends nothing of the request that will use it. `done` may be called again if the
 * tunnel fails later.
 *
 * @param tcp an open connection to the proxy
 * @param target `host:port` of the server behind it
 */
export function openTunnel(tcp: Socket, proxy: URL, target: string, done: Tunnelled): void {
  const asked = request({
    method: 'CONNECT',
    path: target,
    headers: { host: target, 'user-agent': 'ticket-enhancer', ...proxyAuthorization(proxy) },
    createConnection: () => (proxy.protocol === 'https:' ? securely(tcp, proxy) : tcp),
  });
  asked.on('error', done);
  // Independent of the status: after CONNECT the connection is never used for HTTP again.
  asked.on('connect', ({ statusCode = 0, statusMessage = '' }, stream, head) => {
    stream.on('error', done);
    if (statusCode < 200 || statusCode > 299) {
      const advice = statusCode === 407 ? '; check the user and password in HTTPS_PROXY' : '';
      const reason = `${statusCode} ${statusMessage.slice(0, longestReason)}`.trim();
      return done(new ProxyError(`it refused the tunnel with ${reason}${advice}`));
    }
    if (head.length > 0) stream.unshift(head);
    done(null, stream);
  });
  asked.end();
}

function securely(tcp: Socket, proxy: URL): Duplex {
  const host = hostOf(proxy);
  return connectTls({ socket: tcp, host, ...(isIP(host) === 0 ? { servername: host } : {}) });
}

import { request } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { hostOf, proxyAuthorization } from './proxy.js';

/** The tunnel cannot be had. What the proxy answers is never taken for an answer of the server behind it. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code = 'PROXY_FAILED';
}

/** Of a proxy's own words. Characters. */
const longestReason = 100;

export type Tunnelled = (error: Error | null, stream?: Duplex) => void;

/**
 * Asks a proxy for a tunnel with CONNECT. `done` may be called again when the tunnel fails later. Nothing of the request that is to go through it is sent.
 *
 * @param tcp a connection to the proxy that stands
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
  // Whatever the status: after CONNECT the connection is never used for HTTP again.
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

import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { agentFor, tunnelAgentFor } from './http-agents.js';
import { hostOf, portOf, proxyAuthorization } from './proxy.js';
import { publicLookup } from './public-lookup.js';

/** Creates requests on kept connections, directly or through a proxy, and does not send them yet. */

export interface OutgoingRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** False: a connection to an address that is not public fails with `ForbiddenAddressError`. */
  readonly allowPrivateNetwork: boolean;
}

const lookup = publicLookup();

/**
 * @param proxy undefined: the request goes to its server directly
 * @throws {TypeError} for a header that cannot be sent, such as a credential with a line feed
 */
export function openRequest(request: OutgoingRequest, proxy: URL | undefined): ClientRequest {
  const { method, url, headers, body, allowPrivateNetwork } = request;
  const secure = url.protocol === 'https:';
  const options = {
    method,
    headers: {
      'accept-encoding': 'identity',
      'user-agent': 'ticket-enhancer',
      ...headers,
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
  };
  if (proxy === undefined) {
    const agent = agentFor(secure ? 'https:' : 'http:', allowPrivateNetwork);
    const direct = { ...options, agent, ...(allowPrivateNetwork ? {} : { lookup }) };
    return (secure ? httpsRequest : httpRequest)(url, direct);
  }
  if (secure) return httpsRequest(url, { ...options, agent: tunnelAgentFor(proxy, allowPrivateNetwork) });
  return openAtProxy(url, proxy, options);
}

/** With the address in absolute form, from which the proxy reads where to forward the request (RFC 9112, section 3.2.2). */
function openAtProxy(
  url: URL,
  proxy: URL,
  { method, headers }: { readonly method: string; readonly headers: Readonly<Record<string, string | number>> },
): ClientRequest {
  const secure = proxy.protocol === 'https:';
  const host = hostOf(proxy);
  return (secure ? httpsRequest : httpRequest)({
    host,
    // The certificate must be the proxy's; by default Node expects that of the server in the header `Host`.
    ...(secure ? { servername: isIP(host) === 0 ? host : '' } : {}),
    port: portOf(proxy),
    method,
    path: `http://${url.host}${url.pathname}${url.search}`,
    agent: agentFor(secure ? 'https:' : 'http:', true),
    headers: { ...headers, host: url.host, ...proxyAuthorization(proxy) },
  });
}

/** Sockets of TLS agents are connected when they are handed over (http-agents.ts). */
export function whenConnected(socket: Socket, proceed: () => void): void {
  if (socket.connecting) socket.once('connect', proceed);
  else proceed();
}

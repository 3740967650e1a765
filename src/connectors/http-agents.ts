import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** The TCP connection below a TLS one, which Node keeps to itself. */
const tcpBelow = new WeakMap<Duplex, Socket>();

class TlsAgent extends HttpsAgent {
  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const { host, port, lookup } = options;
    const tcp = connect({ host: host ?? 'localhost', port: Number(port ?? 443), ...(lookup ? { lookup } : {}) });
    const socket = super.createConnection(Object.assign({}, options, { socket: tcp }), callback);
    if (socket) tcpBelow.set(socket, tcp);
    return socket;
  }
}

/**
 * Kept connections are pooled by host and port alone: with one pool a tenant that may not reach a private network
 * would be handed the connection of one that may.
 */
const options: AgentOptions = { keepAlive: true, maxFreeSockets: 16, timeout: 4000 };
const pools = {
  public: { 'http:': new HttpAgent(options), 'https:': new TlsAgent(options) },
  any: { 'http:': new HttpAgent(options), 'https:': new TlsAgent(options) },
};

export function agentFor(protocol: 'http:' | 'https:', allowPrivateNetwork: boolean): HttpAgent {
  return pools[allowPrivateNetwork ? 'any' : 'public'][protocol];
}

/**
 * Ends a connection now, by a reset. After a plain close the kernel keeps sending what it still has of the request, for
 * minutes where packets are lost; after a reset it sends nothing any more.
 */
export function resetConnection(socket: Socket): void {
  const tcp = socket instanceof TLSSocket ? tcpBelow.get(socket) : socket;
  if (tcp instanceof Socket && !tcp.destroyed) tcp.resetAndDestroy();
  socket.destroy();
}

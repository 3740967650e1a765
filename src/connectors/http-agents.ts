import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

type Handover = (error: Error | null, stream: Duplex) => void;

/** The TCP connection below a TLS one, which Node keeps to itself. */
const tcpBelow = new WeakMap<Duplex, Socket>();

/** For connections that nobody waits for any more: a request ends by its own deadline. Milliseconds. */
const longestHandshakeMs = 15_000;

/** Hands over connections that stand. TLS is put on a TCP connection of ours, so that it can be reset. */
class TlsAgent extends HttpsAgent {
  override createConnection(options: RequestOptions, callback: Handover = () => undefined): undefined {
    const { host, port, lookup } = options;
    const to = { host: host ?? 'localhost', port: Number(port ?? 443), noDelay: true };
    const tcp = connect(lookup ? { ...to, lookup } : to);
    const late = setTimeout(() => tcp.destroy(new Error('the connection did not come about')), longestHandshakeMs);
    late.unref();
    let handedOver = false;
    const handOver = (error: Error | null, stream: Duplex): void => {
      if (handedOver) return;
      handedOver = true;
      clearTimeout(late);
      callback(error, stream);
    };
    tcp.on('error', (error) => handOver(error, tcp));
    // Not before: while addresses are tried, the connection below changes.
    tcp.once('connect', () => {
      const socket = super.createConnection(Object.assign({}, options, { socket: tcp }));
      if (!socket) return;
      tcpBelow.set(socket, tcp);
      const onError = (error: Error): void => handOver(error, socket);
      socket.once('error', onError);
      socket.once('secureConnect', () => {
        socket.off('error', onError);
        handOver(null, socket);
      });
    });
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
  // At once, where a reset alone would wait for what is still to be written.
  tcp?.destroy();
  socket.destroy();
}

import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { connect, isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { hostOf, portOf } from './proxy.js';
import { openTunnel, type Tunnelled } from './tunnel.js';

type Handover = (error: Error | null, stream: Duplex) => void;

/** The TCP connection below a TLS connection, which Node does not expose. */
const tcpBelow = new WeakMap<Duplex, Socket>();

/** Ends connection attempts whose request has ended by its own, shorter deadline. Milliseconds. */
const longestHandshakeMs = 15_000;

/**
 * How long one of a host's addresses is tried before the next. Node's 250 ms are too short for distant servers and for a machine
 * under load: each address in turn would be given up just before it answers. Milliseconds.
 */
const patience = { autoSelectFamilyAttemptTimeout: 1500 };

/** Hands over established connections. TLS runs over a TCP connection of ours, so that it can be reset. */
class TlsAgent extends HttpsAgent {
  override createConnection(options: RequestOptions, callback: Handover = () => undefined): undefined {
    const tcp = this.dial(options);
    const late = setTimeout(
      () => tcp.destroy(new Error('the connection was not established in time')),
      longestHandshakeMs,
    );
    late.unref();
    let handedOver = false;
    const handOver = (error: Error | null, stream: Duplex): void => {
      if (handedOver) return;
      handedOver = true;
      clearTimeout(late);
      callback(error, stream);
    };
    const fail = (error: Error): void => {
      handOver(error, tcp);
      tcp.destroy();
    };
    tcp.on('error', fail);
    // Not earlier: while several addresses are tried, the underlying connection changes.
    tcp.once('connect', () => {
      this.reach(tcp, options, (error, stream = tcp) => {
        if (error !== null) return fail(error);
        const socket = super.createConnection(Object.assign({}, options, { socket: stream }));
        if (!socket) return;
        tcpBelow.set(socket, tcp);
        const onError = (error: Error): void => handOver(error, socket);
        socket.once('error', onError);
        socket.once('secureConnect', () => {
          socket.off('error', onError);
          handOver(null, socket);
        });
      });
    });
  }

  protected dial({ host, port, lookup }: RequestOptions): Socket {
    const to = { host: host ?? 'localhost', port: Number(port ?? 443), noDelay: true, ...patience };
    return connect(lookup ? { ...to, lookup } : to);
  }

  /** Turns an open TCP connection into one to the server itself. Default: it already is. */
  protected reach(tcp: Socket, _options: RequestOptions, done: Tunnelled): void {
    done(null, tcp);
  }
}

/** Connects through tunnels of a proxy, which resolves the names of the servers. */
class TunnelAgent extends TlsAgent {
  constructor(
    private readonly proxy: URL,
    options: AgentOptions,
  ) {
    super(options);
  }

  protected override dial(): Socket {
    return connect({ host: hostOf(this.proxy), port: portOf(this.proxy), noDelay: true, ...patience });
  }

  protected override reach(tcp: Socket, { host, port }: RequestOptions, done: Tunnelled): void {
    const name = host ?? 'localhost';
    openTunnel(tcp, this.proxy, `${isIP(name) === 6 ? `[${name}]` : name}:${port ?? 443}`, done);
  }
}

/**
 * Node pools kept connections by host and port only: with one pool, a tenant that must not reach a private network could get
 * the connection of a tenant that may.
 */
const options: AgentOptions = { keepAlive: true, maxFreeSockets: 16, timeout: 4000, ...patience };
const pools = {
  public: { 'http:': new HttpAgent(options), 'https:': new TlsAgent(options) },
  any: { 'http:': new HttpAgent(options), 'https:': new TlsAgent(options) },
};
/** By proxy. A process has at most one proxy for https. */
const tunnels = new Map<string, TunnelAgent>();

export type WebProtocol = 'http:' | 'https:';

export function agentFor(protocol: WebProtocol, allowPrivateNetwork: boolean): HttpAgent {
  return pools[allowPrivateNetwork ? 'any' : 'public'][protocol];
}

/** For servers at `https://` addresses behind this proxy. */
export function tunnelAgentFor(proxy: URL, allowPrivateNetwork: boolean): HttpAgent {
  const key = `${allowPrivateNetwork ? 'any' : 'public'} ${proxy.href}`;
  const agent = tunnels.get(key) ?? new TunnelAgent(proxy, options);
  tunnels.set(key, agent);
  return agent;
}

/**
 * Ends a connection with a reset. After a plain close the kernel continues to send its part of the request, for minutes if
 * packets are lost; after a reset it sends nothing.
 */
export function resetConnection(socket: Socket): void {
  const tcp = socket instanceof TLSSocket ? tcpBelow.get(socket) : socket;
  if (tcp instanceof Socket && !tcp.destroyed) tcp.resetAndDestroy();
  // A reset alone would wait for data that Node still has to write.
  tcp?.destroy();
  socket.destroy();
}

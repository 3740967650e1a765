import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { portError } from '../config/address.js';

/** How long and how many: scrapers that vanish, read slowly or never end their request must not pile up. */
export interface Bounds {
  /** Milliseconds, as those below: to the end of a request's headers, and of all of it. */
  readonly requestTimeout: number;
  /** Longer than a usual scrape interval, so that Prometheus keeps its connection. */
  readonly keepAliveTimeout: number;
  /** Without a byte in either direction while an answer is under way: its reader is gone or does not read. */
  readonly stillnessTimeout: number;
  /** How often the first is looked at. */
  readonly connectionsCheckingInterval: number;
  /** One more closes the one that has been idle the longest, or itself if requests are under way on all. */
  readonly maxConnections: number;
}

const defaultBounds: Bounds = {
  requestTimeout: 5000,
  keepAliveTimeout: 20_000,
  stillnessTimeout: 60_000,
  connectionsCheckingInterval: 1000,
  maxConnections: 1000,
};

/** Connections that the kernel completes while this process is busy. With Node's 511 more than those wait for a second. */
const backlog = 4096;

/** @throws {PortError} */
export async function listen(
  variable: string,
  host: string,
  port: number,
  handler: RequestListener,
  { requestTimeout, keepAliveTimeout, stillnessTimeout, connectionsCheckingInterval, maxConnections } = defaultBounds,
): Promise<Server> {
  const server = createServer(
    { headersTimeout: requestTimeout, requestTimeout, keepAliveTimeout, connectionsCheckingInterval },
    handler,
  );
  server.timeout = stillnessTimeout;
  closeIdleConnectionsAbove(maxConnections, server);
  try {
    server.listen({ host, port, backlog });
    await once(server, 'listening');
  } catch (error) {
    throw portError(variable, host, port, error);
  }
  return server;
}

/**
 * A connection is idle until the whole head of its request has come, and again after its answer. Idle ones never keep a probe
 * or scrape out: a new connection above the cap closes the one that has been idle the longest. Node's own `maxConnections`
 * closes the new one instead.
 */
function closeIdleConnectionsAbove(maxConnections: number, server: Server): void {
  /** In the order in which they became idle. */
  const idle = new Set<Socket>();
  const requestsUnderWay = new Map<Socket, number>();

  server.on('connection', (socket: Socket) => {
    idle.add(socket);
    socket.once('close', () => {
      idle.delete(socket);
      requestsUnderWay.delete(socket);
    });
    if (idle.size + requestsUnderWay.size <= maxConnections) return;
    const [longest = socket] = idle;
    longest.destroy();
    idle.delete(longest); // its `close` comes later
  });

  server.prependListener('request', ({ socket }: { readonly socket: Socket }, response: ServerResponse) => {
    idle.delete(socket);
    requestsUnderWay.set(socket, (requestsUnderWay.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (requestsUnderWay.get(socket) ?? 1) - 1;
      if (left > 0) {
        requestsUnderWay.set(socket, left);
        return;
      }
      requestsUnderWay.delete(socket);
      if (!socket.destroyed) idle.add(socket);
    });
  });
}

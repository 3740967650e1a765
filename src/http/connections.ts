import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Connections {
  /** Called for each request, before it is handled. */
  began(request: IncomingMessage, response: ServerResponse): void;
  /** The response to the latest request on this connection. */
  latestResponse(socket: Duplex): ServerResponse | undefined;
}

interface Connection {
  readonly socket: Socket;
  requestsInProgress: number;
  latest: ServerResponse | undefined;
}

/**
 * Bounds the number of connections. A connection is idle until the whole head of its request has arrived, and again after
 * its answer. A new connection above the bound closes the one that has been idle the longest, so idle connections never
 * keep a request out. Node's own `maxConnections` closes the new one instead.
 */
export function trackConnections(server: Server, maxConnections: number): Connections {
  const open = new Map<Duplex, Connection>();
  /** In the order in which they became idle. */
  const idle = new Set<Connection>();

  server.on('connection', (socket: Socket) => {
    const connection: Connection = { socket, requestsInProgress: 0, latest: undefined };
    open.set(socket, connection);
    idle.add(connection);
    const forget = (): void => {
      open.delete(socket);
      idle.delete(connection);
    };
    socket.once('close', forget);
    if (open.size <= maxConnections) return;
    const [oldest = connection] = idle;
    oldest.socket.destroy();
    // Its `close` event comes later; it must not count until then.
    open.delete(oldest.socket);
    idle.delete(oldest);
  });

  return {
    began({ socket }, response) {
      const connection = open.get(socket);
      if (connection === undefined) return;
      connection.latest = response;
      connection.requestsInProgress++;
      idle.delete(connection);
      response.on('close', () => {
        if (--connection.requestsInProgress === 0 && open.has(socket)) idle.add(connection);
      });
    },
    latestResponse: (socket) => open.get(socket)?.latest,
  };
}

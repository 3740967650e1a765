import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

/** An address that leads to one server today and to another tomorrow, as that of a managed Redis does. */
export interface Forwarder {
  readonly port: number;
  /** New connections lead there, after a delay. Those that stand stay with the server that they have. @param delayMs default 0 */
  pointAt(port: number, delayMs?: number): void;
  close(): Promise<void>;
}

export async function startForwarder(firstPort: number): Promise<Forwarder> {
  let target = firstPort;
  let delay = 0;
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    sockets.add(incoming);
    incoming.on('error', () => undefined);
    setTimeout(() => lead(incoming), delay);
  });

  function lead(incoming: Socket): void {
    const outgoing = createConnection({ host: '127.0.0.1', port: target });
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    pointAt(port, delayMs = 0) {
      target = port;
      delay = delayMs;
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

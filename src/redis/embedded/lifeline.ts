import { once } from 'node:events';
import { createConnection, createServer, Socket } from 'node:net';

/**
 * A connection that tells the keeper whether any process still needs Redis. The holders' end is open in the primary and in
 * every child that inherits it; the keeper, which has the other end, reads its close when the last holder has ended. The
 * primary keeps both ends open, to give a new keeper the same connection.
 */
export interface Lifeline {
  readonly holdersEnd: Socket;
  readonly keepersEnd: Socket;
  close(): void;
}

/** @param path of a socket that exists for a moment; Node has no other way to a pair of connected sockets */
export async function openLifeline(path: string): Promise<Lifeline> {
  const server = createServer({ pauseOnConnect: true });
  server.listen(path);
  await once(server, 'listening');
  const holdersEnd = createConnection(path);
  const [accepted]: unknown[][] = await Promise.all([once(server, 'connection'), once(holdersEnd, 'connect')]);
  server.close();
  const keepersEnd = accepted?.[0];
  if (!(keepersEnd instanceof Socket)) throw new Error(`${path} gave no connection.`);
  for (const end of [holdersEnd, keepersEnd]) {
    end.on('error', () => undefined); // nothing is written to it
    end.unref();
  }
  return {
    holdersEnd,
    keepersEnd,
    close() {
      holdersEnd.destroy();
      keepersEnd.destroy();
    },
  };
}

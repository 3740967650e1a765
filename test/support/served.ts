import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startHttpServer } from '../../src/api/http-server.js';
import type { BoundedServer } from '../../src/http/bounded-server.js';
import { forTest } from './opened.js';

/** What a test reaches over HTTP until it ends. */
export interface Served extends BoundedServer {
  readonly port: number;
  readonly url: string;
}

async function closeAtOnce({ server }: { readonly server: Server }): Promise<void> {
  const closed = server.listening ? once(server, 'close') : undefined;
  server.closeAllConnections();
  server.close();
  await closed;
}

/** Ends with the test, and all of its connections. */
export async function served(starting: Promise<BoundedServer>): Promise<Served> {
  const bounded = await forTest(starting, closeAtOnce);
  const { port } = bounded.server.address() as AddressInfo;
  return { ...bounded, port, url: `http://127.0.0.1:${port}` };
}

/** As an http child serves. @param bounds default: as shipped */
export const serve = (handler: RequestListener, bounds?: Parameters<typeof startHttpServer>[3]): Promise<Served> =>
  served(startHttpServer(handler, '127.0.0.1', 0, bounds));

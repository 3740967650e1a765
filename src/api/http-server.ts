import type { RequestListener } from 'node:http';
import { type BoundedServer, type ServerBounds, startBoundedServer } from '../http/bounded-server.js';
import { answerProtocolError } from './protocol-errors.js';

export const webhookBounds: ServerBounds = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  socketTimeout: 60_000,
  keepAliveTimeout: 65_000, // above the 60 s of common load balancers, so that they close first
  connectionsCheckingInterval: 2000,
  maxConnections: 10_000,
};

/** Serves webhooks on a port that all http children share. */
export function startHttpServer(
  handler: RequestListener,
  host: string,
  port: number,
  bounds: ServerBounds = webhookBounds,
): Promise<BoundedServer> {
  return startBoundedServer(handler, {
    host,
    port,
    bounds,
    requireHostHeader: false, // the app answers such a request itself, with a correlation id
    onClientError: answerProtocolError,
  });
}

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { portError } from '../config/address.js';

/** How long and how many: scrapers that vanish, read slowly or never end their request must not pile up. */
export interface Bounds {
  /** Milliseconds, as those below: to the end of a request's headers, and of all of it. */
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  /** Without a byte in either direction while an answer is under way: its reader is gone or does not read. */
  readonly stillnessTimeout: number;
  /** How often the first is looked at. */
  readonly connectionsCheckingInterval: number;
  /** One more is closed as soon as it is accepted. */
  readonly maxConnections: number;
}

const defaultBounds: Bounds = {
  requestTimeout: 10_000,
  keepAliveTimeout: 75_000,
  stillnessTimeout: 60_000,
  connectionsCheckingInterval: 2000,
  maxConnections: 1000,
};

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
  server.maxConnections = maxConnections;
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    throw portError(variable, host, port, error);
  }
  return server;
}

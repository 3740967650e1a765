import type { RequestListener } from 'node:http';
import { portError } from '../config/address.js';
import { type BoundedServer, type ServerBounds, startBoundedServer } from '../http/bounded-server.js';

const metricsBounds: ServerBounds = {
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 20_000, // longer than a usual scrape interval, so that Prometheus keeps its connection
  socketTimeout: 60_000,
  connectionsCheckingInterval: 1000,
  maxConnections: 1000,
};

/**
 * Serves the metrics port.
 *
 * @throws {PortError}
 */
export async function listen(
  host: string,
  port: number,
  handler: RequestListener,
  bounds: ServerBounds = metricsBounds,
): Promise<BoundedServer> {
  try {
    return await startBoundedServer(handler, { host, port, bounds });
  } catch (error) {
    throw portError('METRICS_PORT', host, port, error);
  }
}

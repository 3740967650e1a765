import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

/** A port could not be had; the message says what to do. */
export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code = 'PORT_UNAVAILABLE';
}

function portError(variable: string, host: string, port: number, error: unknown): PortError {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return new PortError(sentenceFor(code, variable, host, port, error), { cause: error });
}

function sentenceFor(code: unknown, variable: string, host: string, port: number, error: unknown): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use by another program. Stop that one, or set ${variable} to another port.`;
    case 'EACCES':
      return `Port ${port} on ${host} needs more rights than this user has. Set ${variable} to a port above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${host}. Set ${variable.replace('PORT', 'HOST')} to one that it has.`;
    default: {
      const why = error instanceof Error ? error.message : String(error);
      return `Port ${port} on ${host} cannot be opened (${why}). Set ${variable} to another port.`;
    }
  }
}

/**
 * Opens and closes a port, so that one in use is told before any child is started.
 *
 * @param variable name of the setting that chooses the port
 */
export async function probePort(variable: string, host: string, port: number): Promise<void> {
  const server = createTcpServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    throw portError(variable, host, port, error);
  }
  server.close();
  await once(server, 'close');
}

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

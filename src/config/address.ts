import { once } from 'node:events';
import { createServer } from 'node:net';

/** The URL under which a served address is reached from this machine. */
export function localUrl(host: string, port: number): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** A port cannot be used; the message says what to do. */
export class PortError extends Error {
  override readonly name = 'PortError';
  readonly code = 'PORT_UNAVAILABLE';
}

/** @param variable name of the setting that chooses the port */
export function portError(variable: string, host: string, port: number, error: unknown): PortError {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  const sentence = (): string => {
    switch (code) {
      case 'EADDRINUSE':
        return `Port ${port} on ${host} is in use by another program. Stop that one, or set ${variable} to another port.`;
      case 'EACCES':
        return `Port ${port} on ${host} needs more rights than this user has. Set ${variable} to a port above 1023.`;
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
      case 'EAI_AGAIN': // no name server answers
      case 'EAFNOSUPPORT': // an IPv6 address without IPv6
      case 'EINVAL': // a link-local address without its interface
        return `This machine has no address ${host}. Set ${variable.replace('PORT', 'HOST')} to one that it has.`;
      default: {
        const why = error instanceof Error ? error.message : String(error);
        return `Port ${port} on ${host} cannot be opened (${why}). Set ${variable} to another port.`;
      }
    }
  };
  return new PortError(sentence(), { cause: error });
}

/**
 * Opens and closes a port, so that a port in use is reported before any child is started.
 *
 * @throws {PortError}
 */
export async function probePort(variable: string, host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    throw portError(variable, host, port, error);
  }
  server.close();
  await once(server, 'close');
}

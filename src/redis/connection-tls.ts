import type { ConnectionOptions } from 'node:tls';
import { type ClientCertificate, readClientCertificate } from '../config/client-certificate.js';

interface Encryption {
  readonly tls: boolean;
  readonly clientCertificate?: ClientCertificate;
}

/** ioredis' TLS options. @returns undefined: without TLS */
export function tlsOf(
  { tls, clientCertificate }: Encryption,
  named: ConnectionOptions = {},
): ConnectionOptions | undefined {
  if (!tls || clientCertificate === undefined) return tls ? named : undefined;
  let latest = readClientCertificate(clientCertificate);
  return {
    ...named,
    /** Read for each connection, because certificates are renewed. While the two files do not belong together, the last one is used. */
    get secureContext() {
      try {
        latest = readClientCertificate(clientCertificate);
      } catch {
        // An error here would end ioredis' reconnections.
      }
      return latest;
    },
  };
}

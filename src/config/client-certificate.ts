import { createSecureContext, type SecureContext } from 'node:tls';
import { readTextFileSync } from './text-file.js';

/** The PEM files with which a client identifies itself to a TLS server. */
export interface ClientCertificate {
  readonly certFile: string;
  readonly keyFile: string;
}

const largestFileBytes = 1024 * 1024;

/** @throws when a file cannot be read, or the key is not that of the certificate */
export function readClientCertificate({ certFile, keyFile }: ClientCertificate): SecureContext {
  const [cert, key] = [certFile, keyFile].map((file) => readTextFileSync(file, largestFileBytes));
  return createSecureContext({ cert, key });
}

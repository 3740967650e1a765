import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate authority of our own and a server's certificate of it, made by the machine's openssl. */
export interface Certificates {
  /** For NODE_EXTRA_CA_CERTS. */
  readonly authority: string;
  /** For redis-server. */
  readonly settings: readonly string[];
  /** A certificate of the authority and its key, for a server and for a client alike. */
  readonly pair: { readonly cert: string; readonly key: string };
  remove(): void;
}

/** Writes a key and a certificate, `path.key` and `path.pem`. */
function certify(path: string, name: string, ...options: readonly string[]): void {
  const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', `${path}.key`, '-out', `${path}.pem`];
  execFileSync('openssl', ['req', '-x509', ...made, '-subj', `/CN=${name}`, ...options], { stdio: 'ignore' });
}

/** A certificate that is its own authority, for a server of this process. */
export function selfSigned(names: string): { readonly key: Buffer; readonly cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'te-tls-'));
  const path = join(folder, 'own');
  certify(path, 'localhost', '-addext', `subjectAltName=${names}`);
  const made = { key: readFileSync(`${path}.key`), cert: readFileSync(`${path}.pem`) };
  rmSync(folder, { recursive: true });
  return made;
}

/** @param names that the server's certificate is for */
export function makeCertificates(names = 'IP:127.0.0.1,DNS:localhost'): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'te-tls-'));
  const file = (name: string): string => join(folder, name);
  certify(file('ca'), 'test authority');
  const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-addext', `subjectAltName=${names}`];
  certify(file('redis'), 'redis', ...signed, '-addext', 'basicConstraints=critical,CA:FALSE');
  return {
    authority: file('ca.pem'),
    settings: [
      '--tls-cert-file',
      file('redis.pem'),
      '--tls-key-file',
      file('redis.key'),
      '--tls-ca-cert-file',
      file('ca.pem'),
      '--tls-auth-clients',
      'no',
    ],
    pair: { cert: file('redis.pem'), key: file('redis.key') },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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

/** @param names that the server's certificate is for */
export function makeCertificates(names = 'IP:127.0.0.1,DNS:localhost'): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'te-tls-'));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...key, '-subj', '/CN=test authority', '-keyout', file('ca.key'), '-out', file('ca.pem'));
  const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-addext', `subjectAltName=${names}`];
  const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE'];
  openssl(
    'req',
    '-x509',
    ...key,
    ...signed,
    ...leaf,
    '-subj',
    '/CN=redis',
    '-keyout',
    file('redis.key'),
    '-out',
    file('redis.pem'),
  );
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

import { createHash } from 'node:crypto';
import { TextFileError } from '../config/text-file.js';
import { messageOf } from '../logging/describe-error.js';
import { neverShow } from '../logging/known-secrets.js';

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
}

/** A value, or the sentence that says why there is none; it never quotes the secret. */
export type Found<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/**
 * The well-known secrets of the demo tenants, under the names that demo/tenants.yaml refers to. They are defaults: a
 * variable of that name wins. In production they do not exist, for a tenants file that was begun as a copy of the demo's
 * would serve everybody who has read this.
 */
const demoSecrets: Readonly<Record<string, string>> = {
  DEMO_ACME_WEBHOOK_SECRET: 'demo-secret-acme',
  DEMO_GLOBEX_WEBHOOK_SECRET: 'demo-secret-globex',
};

/** A secret as it is used, and whether it was written so. */
export type FoundSecret =
  | { readonly ok: true; readonly value: string; readonly trimmed: boolean }
  | { readonly ok: false; readonly problem: string };

/** @param reference `env:NAME` or `file:/path`; a file's trailing line end is not part of its secret */
export function resolveSecret(reference: string, sources: SecretSources): FoundSecret {
  const found = readSecret(reference, sources);
  if (!found.ok) return found;
  const kept = withoutBlankEnds(reference, found.value);
  // Both, because an error may quote the secret as it was written.
  if (kept.ok) neverShow([kept.value, found.value]);
  return kept;
}

/**
 * Blanks, line ends and byte order marks at the ends of a secret come from an editor, `echo` or a copied line: with them
 * nothing that the other side signs would ever match. A line end in the middle may be part of the secret, or may divide
 * two of them: which one is meant cannot be told.
 */
function withoutBlankEnds(reference: string, written: string): FoundSecret {
  const value = written.trim(); // takes byte order marks off, too
  if (value === '') return { ok: false, problem: `${reference} holds nothing but blanks; write the secret into it` };
  if (/[\r\n]/.test(value)) {
    return { ok: false, problem: `${reference} holds more than one line; write one secret into it, in one line` };
  }
  return { ok: true, value, trimmed: value !== written };
}

function readSecret(reference: string, { env, readFile }: SecretSources): Found<string> {
  if (reference.startsWith('env:')) {
    const name = reference.slice('env:'.length);
    const value = env[name] ?? (env['NODE_ENV'] === 'production' ? undefined : demoSecrets[name]);
    if (value === undefined || value === '') {
      return {
        ok: false,
        problem: `the environment variable ${name} is not set; set it where the service is started, or in .env`,
      };
    }
    return { ok: true, value };
  }
  const path = reference.slice('file:'.length);
  try {
    const value = readFile(path).replace(/\r?\n$/, '');
    if (value === '') return { ok: false, problem: `the file ${path} is empty; write the secret into it` };
    return { ok: true, value };
  } catch (error) {
    const why = messageOf(error);
    if (error instanceof TextFileError) return { ok: false, problem: `the file ${path} ${why}` };
    return {
      ok: false,
      problem: `the file ${path} cannot be read (${why}); put the secret there, readable for this user`,
    };
  }
}

/** Bytes: the block of SHA-256, to which HMAC brings every key. */
const hmacBlock = 64;

/**
 * The key of an HMAC-SHA256. What is longer than a block is hashed here, once, as HMAC itself would at each request: the
 * signature is the same, and the time that one takes does not tell a long secret from a short one.
 */
function hmacKey(bytes: Buffer): Buffer {
  return bytes.length > hmacBlock ? createHash('sha256').update(bytes).digest() : bytes;
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Standard Webhooks: base64 behind the prefix `whsec_`; any other secret is used as its UTF-8 bytes. */
export function standardWebhookKey(secret: string): Found<Buffer> {
  if (!secret.startsWith('whsec_')) return signatureKey(secret);
  const encoded = secret.slice('whsec_'.length);
  const bytes = Buffer.from(encoded, 'base64');
  // Node decodes anything, at worst to no bytes at all: a key with which everybody could sign.
  if (!base64.test(encoded) || bytes.length === 0) {
    return { ok: false, problem: 'begins with whsec_, but what follows is not base64' };
  }
  return { ok: true, value: hmacKey(bytes) };
}

export function signatureKey(secret: string): Found<Buffer> {
  return { ok: true, value: hmacKey(Buffer.from(secret)) };
}

/** Bytes. Tokens are compared at this length, so that time does not tell how long the right one is. */
export const longestToken = 256;

/** A token must arrive as it was sent: what a header cannot carry, or is trimmed on its way, would never be right. */
export function staticToken(secret: string): Found<Buffer> {
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(secret) || secret.length > longestToken) {
    const problem = `cannot be a static token: it takes 1 to ${longestToken} printable ASCII characters, no space at its ends`;
    return { ok: false, problem };
  }
  return { ok: true, value: Buffer.from(secret) };
}

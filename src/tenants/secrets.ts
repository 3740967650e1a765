import { createHash } from 'node:crypto';
import { bareValue } from '../config/bare-value.js';
import { TextFileError } from '../config/text-file.js';
import { isProduction } from '../config/variables.js';
import { messageOf } from '../logging/describe-error.js';
import { neverShow } from '../logging/known-secrets.js';

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
}

/** A value, or a sentence that says why there is none and never quotes the secret. */
export type Found<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/**
 * The well-known secrets of the demo tenants, under the names that demo/tenants.yaml refers to. They are defaults: a
 * variable of that name takes precedence. In production they do not exist: otherwise a tenants file that began as a copy of
 * the demo's would accept them.
 */
const demoSecrets: Readonly<Record<string, string>> = {
  DEMO_ACME_WEBHOOK_SECRET: 'demo-secret-acme',
  DEMO_GLOBEX_WEBHOOK_SECRET: 'demo-secret-globex',
};

/** A secret, and whether something around it was removed. */
export type FoundSecret =
  | { readonly ok: true; readonly value: string; readonly isStripped: boolean }
  | { readonly ok: false; readonly problem: string };

/** @param reference `env:NAME` or `file:/path`; a file's trailing line end is not part of its secret */
export function resolveSecret(reference: string, sources: SecretSources): FoundSecret {
  const found = readSecret(reference, sources);
  if (!found.ok) return found;
  const kept = stripped(reference, found.value);
  // Both, because an error may quote the written secret.
  if (kept.ok) neverShow([kept.value, found.value]);
  return kept;
}

/**
 * With what {@link bareValue} removes no signature would match. A line end in the middle is ambiguous: it may be part of the secret,
 * or separate two secrets.
 */
function stripped(reference: string, written: string): FoundSecret {
  const value = bareValue(written);
  if (value === '') return { ok: false, problem: `${reference} holds nothing but blanks; write the secret into it` };
  if (/[\r\n]/.test(value)) {
    return { ok: false, problem: `${reference} holds more than one line; write one secret into it, in one line` };
  }
  return { ok: true, value, isStripped: value !== written };
}

function readSecret(reference: string, { env, readFile }: SecretSources): Found<string> {
  if (reference.startsWith('env:')) {
    const name = reference.slice('env:'.length);
    const value = env[name] ?? (isProduction(env['NODE_ENV']) ? undefined : demoSecrets[name]);
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

/** Bytes. The block of SHA-1 and SHA-256, to which HMAC pads or hashes every key. */
const hmacBlock = 64;

/**
 * The key of an HMAC. A secret longer than a block is hashed here, once, as HMAC would at each request: signatures are
 * the same, and their time does not depend on the length of the secret.
 */
function hmacKey(bytes: Buffer, algorithm: 'sha256' | 'sha1' = 'sha256'): Buffer {
  return bytes.length > hmacBlock ? createHash(algorithm).update(bytes).digest() : bytes;
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Standard Webhooks: base64 after the prefix `whsec_`; any other secret is used as its UTF-8 bytes. */
export function standardWebhookKey(secret: string): Found<Buffer> {
  if (!secret.startsWith('whsec_')) return signatureKey(secret);
  const encoded = secret.slice('whsec_'.length);
  const bytes = Buffer.from(encoded, 'base64');
  // Node decodes any text, at worst to an empty key, with which anyone could sign.
  if (!base64.test(encoded) || bytes.length === 0) {
    return {
      ok: false,
      problem: 'begins with whsec_, but what follows is not base64; make one with openssl rand -base64 32',
    };
  }
  return { ok: true, value: hmacKey(bytes) };
}

/** @param algorithm of the HMAC. Default: SHA-256 */
export function signatureKey(secret: string, algorithm?: 'sha256' | 'sha1'): Found<Buffer> {
  return { ok: true, value: hmacKey(Buffer.from(secret), algorithm) };
}

/** Bytes. Tokens are compared at this length, so that the time does not depend on the length of the right one. */
export const longestToken = 256;

/** A token must be a valid header value that is not trimmed on the way; otherwise it would never match. */
export function staticToken(secret: string): Found<Buffer> {
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(secret) || secret.length > longestToken) {
    const problem = `cannot be a static token: it takes 1 to ${longestToken} printable ASCII characters, no space at its ends`;
    return { ok: false, problem };
  }
  return { ok: true, value: Buffer.from(secret) };
}

import { timingSafeEqual } from 'node:crypto';
import { longestToken } from '../../tenants/index.js';
import { candidates } from './hmac.js';

/** Tokens do not change while a process lives: brought to one length once, they are compared in constant time. */
const padded = new WeakMap<Buffer, Buffer>();

function atFullLength(secret: Buffer): Buffer {
  let known = padded.get(secret);
  if (known === undefined) {
    // Padding with zeros is unambiguous: a header cannot hold one.
    known = Buffer.alloc(longestToken);
    secret.copy(known);
    padded.set(secret, known);
  }
  return known;
}

/**
 * Whether a token is one of the secrets. Takes the same time whether it is, whether there are secrets at all, and however
 * long either is: each tenant may use another header, so the time must not depend on the length of its value.
 */
export function verifyToken(secrets: readonly Buffer[] | undefined, token: string): boolean {
  const given = Buffer.alloc(longestToken);
  // A longer one is cut here and refused below, like an empty one.
  given.write(token, 'latin1');
  let verified = false;
  for (const { key, real } of candidates(secrets)) {
    const equal = timingSafeEqual(given, atFullLength(key));
    verified = (equal && real) || verified;
  }
  return verified && token !== '' && token.length <= longestToken;
}

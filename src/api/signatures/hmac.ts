import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Secrets per scheme while one is rotated. As many are always tried, real or not: the time must not depend on them. */
const secretsTried = 2;

/** Used in place of secrets that a tenant does not have. A match with them does not count. */
const decoys = [randomBytes(32), randomBytes(32)];

interface Candidate {
  readonly key: Buffer;
  readonly real: boolean;
}

/** The secrets, filled up with decoys to a fixed number. */
export function candidates(secrets: readonly Buffer[] | undefined): Candidate[] {
  return Array.from({ length: secretsTried }, (_, i) => {
    const secret = secrets?.[i];
    return { key: secret ?? decoys[i] ?? Buffer.alloc(32), real: secret !== undefined };
  });
}

/**
 * Whether any of the given signatures is the HMAC of the content under any of the secrets. Takes the same time whether it
 * is, and whether there are secrets at all.
 */
export function verifyHmac(
  secrets: readonly Buffer[] | undefined,
  content: readonly (string | Buffer)[],
  signatures: readonly Buffer[],
  algorithm: 'sha256' | 'sha1' = 'sha256',
): boolean {
  let verified = false;
  for (const { key, real } of candidates(secrets)) {
    const hmac = createHmac(algorithm, key);
    for (const part of content) hmac.update(part);
    const expected = hmac.digest();
    for (const signature of signatures) {
      // The length is known to the sender, so this comparison need not take constant time.
      const equal = signature.length === expected.length && timingSafeEqual(signature, expected);
      verified = (equal && real) || verified;
    }
  }
  return verified;
}

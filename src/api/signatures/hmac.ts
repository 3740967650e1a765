import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Used in place of secrets that a tenant does not have; a match with them does not count. There are as many as a scheme has
 * secrets during a rotation, because the number of HMACs must not depend on the tenant.
 */
const decoys = [randomBytes(32), randomBytes(32)];

interface Candidate {
  readonly key: Buffer;
  readonly real: boolean;
}

/** The secrets, filled up with decoys to a fixed number. */
export function candidates(secrets: readonly Buffer[] = []): Candidate[] {
  return decoys.map((decoy, i) => {
    const secret = secrets[i];
    return { key: secret ?? decoy, real: secret !== undefined };
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

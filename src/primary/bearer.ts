import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares the `Authorization: Bearer` token in constant time; hashing first makes the lengths equal. */
export function hasBearerToken(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer\s+(.+)$/i.exec(authorization ?? '')?.[1] ?? '';
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

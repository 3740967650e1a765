/**
 * The secrets that this process was configured with. Patterns (scrub.ts) do not recognise a token that looks like a word, and
 * errors may quote one: of a server that echoes the request, or a library its arguments.
 */

/** Shorter ones would match parts of ordinary words. Characters. */
const shortest = 6;

/** Secrets by their first characters, so that the time of a search does not depend on their number. */
const known = new Map<string, Set<string>>();

/** Whether a secret may begin with the characters of a hash. Most places of a text are told by this alone. */
const mayBegin = new Uint8Array(2 ** 16);
const hashOf = (text: string, at: number): number =>
  (text.charCodeAt(at) * 961 + text.charCodeAt(at + 1) * 31 + text.charCodeAt(at + 2)) % mayBegin.length;

/** The part of a credential that is secret by itself. One of letters alone, as in `elastic:elastic`, may be any word. */
function behind(sign: string, credential: string): string {
  const part = credential.slice(credential.indexOf(sign) + 1);
  return /\P{L}/u.test(part) ? part : '';
}

/**
 * Redacts these secrets in every log line and problem from now on, for as long as the process runs: old ones may still be valid. Of
 * `user:password` and `Bearer token` also the second part alone.
 */
export function neverShow(secrets: Iterable<string | undefined>): void {
  for (const secret of [...secrets].flatMap((one = '') => [one, behind(':', one), behind(' ', one)])) {
    if (secret.length < shortest) continue;
    const beginning = secret.slice(0, shortest);
    mayBegin[hashOf(secret, 0)] = 1;
    const alike = known.get(beginning) ?? new Set();
    known.set(beginning, alike.add(secret));
  }
}

/** @param longest characters of the text that are searched and returned; a secret that begins in them is found whole */
export function withoutKnownSecrets(text: string, longest = text.length): string {
  const end = Math.min(longest, text.length);
  let clean = '';
  let from = 0;
  for (let i = 0; i < end; i++) {
    if (mayBegin[hashOf(text, i)] !== 1) continue;
    const alike = known.get(text.slice(i, i + shortest));
    if (alike === undefined) continue;
    const lengths = [...alike].filter((secret) => text.startsWith(secret, i)).map(({ length }) => length);
    if (lengths.length === 0) continue;
    clean += `${text.slice(from, i)}[redacted]`;
    from = i + Math.max(...lengths);
    i = from - 1;
  }
  return clean + text.slice(from, Math.max(from, end));
}

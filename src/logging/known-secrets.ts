/**
 * The secrets that this process was configured with. Patterns (scrub.ts) do not recognise a token that looks like a word, and
 * errors may quote one: of a server that echoes the request, or a library its arguments.
 */

/** Shorter ones would match parts of ordinary words. Characters. */
const shortest = 6;

/** Secrets by their first characters, so that the time of a search does not depend on their number. */
const known = new Map<string, Set<string>>();

/** Redacts these secrets in every error described from now on, for as long as the process runs: old ones may still be valid. */
export function neverShow(secrets: Iterable<string | undefined>): void {
  for (const secret of secrets) {
    if (secret === undefined || secret.length < shortest) continue;
    const beginning = secret.slice(0, shortest);
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

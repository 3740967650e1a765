/**
 * The secrets that this process was configured with. Shapes (scrub.ts) do not catch a token that looks like a word, and an
 * error's text may be somebody else's: a server that quotes what it was sent, a library that quotes its arguments.
 */

/** Shorter ones would be found in half of all words, and are no secrets. Characters. */
const shortest = 6;

/** By their beginnings, so that a text is searched in the same time for three secrets and for three thousand. */
const known = new Map<string, Set<string>>();

/** From now on these are taken out of every error that is described. They are never forgotten: old logs are still read. */
export function neverShow(secrets: Iterable<string | undefined>): void {
  for (const secret of secrets) {
    if (secret === undefined || secret.length < shortest) continue;
    const beginning = secret.slice(0, shortest);
    const alike = known.get(beginning) ?? new Set();
    known.set(beginning, alike.add(secret));
  }
}

/** @param longest characters of the text that are looked at and returned; a secret that begins in them is found whole */
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

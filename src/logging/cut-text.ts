import { withoutKnownSecrets } from './known-secrets.js';

/** Characters of one text in a log line. Answers of desks and models have any length. */
export const longestText = 8192;

/**
 * Cuts a text to about `longest` characters without cutting a secret: a part of one no longer has the shape or value by which
 * it is recognised. Configured secrets that begin before the cut are removed whole, and the last, possibly incomplete, word is
 * dropped.
 */
export function cutText(text: string, longest = longestText): string {
  if (text.length <= longest) return text;
  const clean = withoutKnownSecrets(text, longest);
  let end = clean.length;
  while (end > 0 && clean.charAt(end - 1).trim() !== '') end--;
  return `${clean.slice(0, end)}… (${text.length} characters)`;
}

import { withoutKnownSecrets } from './known-secrets.js';

/** Characters of one text in a log line. Answers of desks and models may be of any length. */
export const longestText = 8192;

/**
 * Cuts a text to about `longest` characters without cutting a secret: half of one no longer has the shape, or the whole
 * value, that it is recognised by. Configured secrets that begin before the cut are taken out as a whole, and the last
 * word, of which the rest may be missing, is left out.
 */
export function cutText(text: string, longest = longestText): string {
  if (text.length <= longest) return text;
  const clean = withoutKnownSecrets(text, longest);
  let end = clean.length;
  while (end > 0 && clean.charAt(end - 1).trim() !== '') end--;
  return `${clean.slice(0, end)}… (${text.length} characters)`;
}

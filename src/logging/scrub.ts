import { cutText } from './cut-text.js';

/** What must not stand in a log line, by the shape that it has wherever it stands. */

/**
 * Each needs time in proportion to the text: a run of characters is entered at its beginning only (the lookbehinds), for
 * whoever can choose what is logged could otherwise hold the process up with one long word.
 */
const shapes: readonly [pattern: RegExp, replacement: string][] = [
  // What steers a terminal or turns the direction of text round: a log is read there. Line ends stay, for stacks.
  [/(?![\n\t])[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD'],
  [/(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, '[email]'],
  [/\b(Bearer|Basic|Zoho-oauthtoken)\s+[\w.~+/=-]+/gi, '$1 [redacted]'],
  [/(?<![\w+/-])whsec_[\w+/=-]+/g, '[redacted]'],
  [/(?<![\w-])sk-[\w-]{8,}/g, '[redacted]'],
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '[redacted]'],
  [/\b(v1,|sha256=)[\w+/=-]{16,}/g, '$1[redacted]'],
  [/(token|secret|password|passwd|api[_-]?key)(["']?\s?[=:]\s?["']?)(?!\[redacted\])[^\s"'&,;})]+/gi, '$1$2[redacted]'],
  [/(\/\/)[^/\s:@]*:[^/\s@]+@/g, '$1[redacted]@'],
];

/** Every shape has one of these; most texts have none. */
const suspicious =
  /[@=\p{Cc}\u202A-\u202E\u2066-\u2069]|v1,|whsec_|sk-|eyJ|bearer|basic|zoho|token|secret|passw|api[_-]?key/iu;

/** Takes e-mail addresses, and tokens of the shapes we know, out of a text, which is cut first. */
export function scrub(text: string): string {
  const bounded = cutText(text);
  if (!suspicious.test(bounded)) return bounded;
  return shapes.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), bounded);
}

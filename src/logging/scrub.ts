/** Secrets and personal data in a text, recognised by their shape. */

/**
 * Each takes linear time: the lookbehinds let a match begin only at the start of a run of characters. Otherwise a client whose
 * input is logged could block the process with one long word.
 */
const shapes: readonly [pattern: RegExp, replacement: string][] = [
  // Characters that control a terminal or the direction of text. Line ends stay, for stacks.
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

/** Every shape contains one of these; most texts contain none. */
const suspicious =
  /[@=\p{Cc}\u202A-\u202E\u2066-\u2069]|v1,|whsec_|sk-|eyJ|bearer|basic|zoho|token|secret|passw|api[_-]?key/iu;

/** Removes e-mail addresses, and tokens of known shapes, from a text that was cut (cut-text.ts). */
export function scrub(text: string): string {
  if (!suspicious.test(text)) return text;
  return shapes.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}

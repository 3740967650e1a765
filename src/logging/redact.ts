/** What must never stand in a log line, by the key it stands under or by the shape it has anywhere. */

const secretKeys = new Set([
  'authorization',
  'cookie',
  'token',
  'authtoken',
  'secret',
  'secrets',
  'password',
  'credential',
  'apikey',
  'api_key',
  'signature',
  'webhook-signature',
  'x-servicedesk-signature',
  'x-desk-token',
  'subject',
  'description',
  'resolution',
  'body',
  'html',
]);

/** Deeper than anything that is logged on purpose. */
const deepest = 6;

/**
 * Takes secrets, personal data and ticket text out of what is logged. A walk over the few fields that a line has costs a
 * fraction of pino's path patterns, which would have to name every depth.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrub(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '[too deep]';
  if (Array.isArray(value)) return value.map((one) => redact(one, depth + 1));
  return redactFields(value, depth);
}

export function redactFields(fields: object, depth = 0): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    clean[key] = secretKeys.has(key.toLowerCase()) ? '[redacted]' : redact(value, depth + 1);
  }
  return clean;
}

const shapes: readonly [pattern: RegExp, replacement: string][] = [
  [/[\w.+-]+@[\w-]+(\.[\w-]+)+/g, '[email]'],
  [/\b(Bearer|Basic|Zoho-oauthtoken)\s+[\w.~+/=-]+/gi, '$1 [redacted]'],
  [/\bwhsec_[\w+/=-]+/g, '[redacted]'],
  [/\bsk-[\w-]{8,}/g, '[redacted]'],
  [/\b(v1,|sha256=)[\w+/=-]{16,}/g, '$1[redacted]'],
  [/(\/\/)[^/\s:@]*:[^/\s@]+@/g, '$1[redacted]@'],
];

/** Every shape has one of these; most texts have none. */
const suspicious = /[@=]|\b(bearer|basic|zoho|whsec_|sk-)|v1,/i;

/** Takes e-mail addresses, and tokens of the shapes we know, out of a text. */
export function scrub(text: string): string {
  if (!suspicious.test(text)) return text;
  return shapes.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}

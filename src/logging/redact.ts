/** What must never stand in a log line, by the shape it has anywhere or by the key it stands under. */

/** Keys of objects that are logged, at any of the depths that our own log calls use. */
const secretKeys = [
  'authorization',
  'cookie',
  'token',
  'authtoken',
  'secret',
  'secrets',
  'password',
  'credential',
  'apiKey',
  'api_key',
  'signature',
  '["webhook-signature"]',
  '["x-servicedesk-signature"]',
  '["x-desk-token"]',
  'subject',
  'description',
  'resolution',
  'body',
  'html',
];

/** Paths for pino's `redact`: the keys at the top, and one and two levels down (`req.headers.authorization`). */
export const redactedPaths = secretKeys.flatMap((key) => {
  const tail = key.startsWith('[') ? key : `.${key}`;
  return [key, `*${tail}`, `*.*${tail}`];
});

const shapes: readonly [pattern: RegExp, replacement: string][] = [
  [/[\w.+-]+@[\w-]+(\.[\w-]+)+/g, '[email]'],
  [/\b(Bearer|Basic|Zoho-oauthtoken)\s+[\w.~+/=-]+/gi, '$1 [redacted]'],
  [/\bwhsec_[\w+/=-]+/g, '[redacted]'],
  [/\bsk-[\w-]{8,}/g, '[redacted]'],
  [/\b(v1,|sha256=)[\w+/=-]{16,}/g, '$1[redacted]'],
  [/(\/\/)[^/\s:@]*:[^/\s@]+@/g, '$1[redacted]@'],
];

/** Takes e-mail addresses, and tokens of the shapes we know, out of a text. */
export function scrub(text: string): string {
  return shapes.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}

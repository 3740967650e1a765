import { describeError } from './describe-error.js';
import { redactText } from './redact-text.js';

/** Secrets and ticket text in the fields of a log line, recognised by their key, by their shape, or because they are known. */

/** Also as a part of a longer name, such as `x-desk-token` or `llmApiKey`. */
const secretKey = /token|secret|passw|credential|authorization|cookie|api[_-]?key|signature/i;

/** Text of tickets and notes. */
const textKeys = new Set(['subject', 'description', 'resolution', 'body', 'html', 'prompt', 'content']);

/** Deeper than any field that this service logs. */
const deepest = 6;

/** Of a list or object; fields that this service logs have fewer. */
const mostEntries = 100;

function isHidden(key: string, value: unknown): boolean {
  if (textKeys.has(key)) return true;
  // A number under such a name is a count, as in `prompt_tokens`.
  return typeof value !== 'number' && typeof value !== 'boolean' && secretKey.test(key);
}

/**
 * Removes secrets, personal data and ticket text. Walking over the few fields of a line costs a fraction of pino's path
 * patterns, which would have to name every depth.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (value instanceof Error) return describeError(value);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= deepest) return '[too deep]';
  if (Array.isArray(value)) {
    const entries = value.slice(0, mostEntries).map((one) => redact(one, depth + 1));
    return value.length > mostEntries ? [...entries, `[${value.length - mostEntries} more]`] : entries;
  }
  return redactFields(value, depth);
}

export function redactFields(fields: object, depth = 0): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields).slice(0, mostEntries)) {
    clean[key] = isHidden(key.toLowerCase(), value) ? '[redacted]' : redact(value, depth + 1);
  }
  return clean;
}

import { decodeBody } from './body-text.js';
import { parseBoundedJson, withEscapedControls } from '../json/bounded-json.js';
import { readFilledTemplate } from '../json/filled-template.js';
import { Rejection } from './rejection.js';

const deepestNesting = 64;

export type JsonObject = Readonly<Record<string, unknown>>;

export interface JsonBody {
  readonly body: JsonObject;
  /** What was corrected, as `field: what was done`. Quotes no value. */
  readonly mended: readonly string[];
}

/**
 * @param charset that the request declares
 * @throws {Rejection} `malformed_json`
 */
export function readJsonBody(bytes: Buffer, charset?: string): JsonBody {
  let text: string;
  let read: Parsed;
  try {
    text = decodeBody(bytes, charset);
    if (escapedStart.test(text)) {
      text = withoutEntities(text);
      read = { value: parse(text).value, mended: ['body: is JSON that was escaped as HTML'] };
    } else read = parse(text);
    if (typeof read.value === 'string' && read.value.trimStart().startsWith('{')) {
      text = read.value;
      read = { value: parse(text).value, mended: ['body: is JSON in a string of JSON'] };
    }
  } catch (error) {
    throw new Rejection('malformed_json', { cause: error });
  }
  const { value, mended = [] } = read;
  if (!isJsonObject(value)) throw new Rejection('malformed_json');
  return { body: withExactId(value, text), mended };
}

/** GLPI escapes the whole body. */
const escapedStart = /^\s*\{\s*&(?:quot|#0?34|#x22);/i;
/** The ampersand is last: `&amp;lt;` is the text `&lt;`. */
const entities: readonly (readonly [RegExp, string])[] = [
  [/&(?:quot|#0?34|#x22);/gi, '"'],
  [/&(?:apos|#0?39|#x27);/gi, "'"],
  [/&(?:lt|#0?60|#x3c);/gi, '<'],
  [/&(?:gt|#0?62|#x3e);/gi, '>'],
  [/&(?:amp|#0?38|#x26);/gi, '&'],
];

/** Without a function for each: an unsigned megabyte may have 200,000 entities. */
function withoutEntities(text: string): string {
  return entities.reduce((read, [entity, character]) => read.replace(entity, character), text);
}

interface Parsed {
  readonly value: unknown;
  readonly mended?: readonly string[];
}

/** Some desks insert multi-line texts, quotation marks and backslashes into their JSON templates without escaping them. */
function parse(text: string): Parsed {
  try {
    return { value: parseBoundedJson(text, deepestNesting) };
  } catch (error) {
    const escaped = withEscapedControls(text);
    try {
      if (escaped !== text) return { value: parseBoundedJson(escaped, deepestNesting) };
    } catch {
      // The error about the original text is the more useful one.
    }
    const ticket = readFilledTemplate(text, templateKeys);
    if (ticket === undefined || !isTicket(ticket)) throw error;
    return { value: Object.fromEntries(ticket), mended: ['body: has texts that its template did not escape'] };
  }
}

/** Fields of the service's own webhooks. The templates of the set-up pages consist of these. */
const templateKeys: ReadonlySet<string> = new Set([
  'event',
  'tenant_id',
  'ticket_id',
  'subject',
  'description',
  'priority',
  'created_at',
  'correlation_id',
  'resolution',
  'resolved_at',
  'tags',
]);

function isTicket(fields: ReadonlyMap<string, unknown>): boolean {
  return fields.has('ticket_id') && (fields.has('subject') || fields.has('description'));
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Restores an id above 2^53, which loses its last digits as a JSON number: the note would go to another ticket. Its digits are
 * read from the text, unless several numbers in it round to the same value.
 */
function withExactId(body: JsonObject, text: string): JsonObject {
  const { ticket_id: id } = body;
  if (typeof id !== 'number' || !Number.isInteger(id) || Number.isSafeInteger(id)) return body;
  const written = new Set<string>();
  for (const [, digits = ''] of text.matchAll(/"ticket_id"\s*:\s*(\d{16,64})(?![\d.eE])/g)) {
    if (Number(digits) === id) written.add(digits);
  }
  const [digits] = written;
  return written.size === 1 ? { ...body, ticket_id: digits } : body;
}

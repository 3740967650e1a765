import { decodeBody } from './body-text.js';
import { parseBoundedJson, withEscapedControls } from '../json/bounded-json.js';
import { Rejection } from './rejection.js';

const deepestNesting = 64;

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * @param charset that the request declares
 * @throws {Rejection} `malformed_json`
 */
export function parseJsonObject(bytes: Buffer, charset?: string): JsonObject {
  let value: unknown;
  let text: string;
  try {
    text = decodeBody(bytes, charset);
    value = parse(text);
  } catch (error) {
    throw new Rejection('malformed_json', { cause: error });
  }
  if (!isJsonObject(value)) throw new Rejection('malformed_json');
  return withExactId(value, text);
}

/** Desks put texts of several lines into their templates as they are, where JSON wants them escaped. */
function parse(text: string): unknown {
  try {
    return parseBoundedJson(text, deepestNesting);
  } catch (error) {
    const escaped = withEscapedControls(text);
    if (escaped === text) throw error;
    return parseBoundedJson(escaped, deepestNesting);
  }
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Ids of clouds have 18 digits, and as a JSON number lose their last two: the note would go to another ticket. Its digits are
 * those in the text whose number it is, unless several are.
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

import { parseBoundedJson } from '../json/bounded-json.js';
import { Rejection } from './problem.js';

const deepestNesting = 64;

export type JsonObject = Readonly<Record<string, unknown>>;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws {Rejection} `malformed_json` */
export function parseJsonObject(bytes: Buffer): JsonObject {
  let value: unknown;
  try {
    value = parseBoundedJson(utf8.decode(bytes), deepestNesting);
  } catch (error) {
    throw new Rejection('malformed_json', { cause: error });
  }
  if (!isJsonObject(value)) throw new Rejection('malformed_json');
  return value;
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

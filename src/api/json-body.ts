import express, { type RequestHandler } from 'express';
import { parseBoundedJson } from '../json/bounded-json.js';
import { Rejection } from './problem.js';

/** Bytes. */
const bodyLimit = 1024 * 1024;

const deepestNesting = 64;

/** Leaves the raw bytes in `request.body`: signatures are over bytes, and compressed bodies could be bombs. */
export function readRawBody(): RequestHandler {
  const read = express.raw({ type: () => true, limit: bodyLimit, inflate: false });
  return (request, response, next) => {
    if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(request.get('content-type') ?? '')) {
      next(new Rejection('unsupported_media_type'));
      return;
    }
    read(request, response, (error?: unknown) => next(error === undefined ? undefined : toRejection(error)));
  };
}

function toRejection(error: unknown): unknown {
  const type: unknown = error instanceof Error && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') return new Rejection('too_large', { cause: error });
  if (type === 'encoding.unsupported') return new Rejection('unsupported_media_type', { cause: error });
  // Ended early, or of another length than it said.
  return new Rejection('malformed_json', { cause: error });
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws {Rejection} `malformed_json` */
export function parseJsonObject(bytes: Buffer): JsonObject {
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = parseBoundedJson(text, deepestNesting);
  } catch (error) {
    throw new Rejection('malformed_json', { cause: error });
  }
  if (!isJsonObject(value)) throw new Rejection('malformed_json');
  return value;
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

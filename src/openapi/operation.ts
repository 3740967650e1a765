import { type SchemaName, reference } from './components.js';

/** Parts that the operations of both ports share. */

export interface Answer {
  readonly description: string;
  readonly headers?: object;
  readonly content?: Readonly<Record<string, object>>;
}

export function jsonAnswer(description: string, schema: SchemaName, headers: object = {}): Answer {
  return { description, headers, content: { 'application/json': { schema: reference(schema) } } };
}

export function problemAnswer(description: string, headers: object = {}, example?: object): Answer {
  const media = { schema: reference('Problem'), ...(example === undefined ? {} : { example }) };
  return { description, headers, content: { 'application/problem+json': media } };
}

export function textAnswer(description: string, mediaType: string): Answer {
  return { description, content: { [mediaType]: { schema: { type: 'string' } } } };
}

export function header(description: string, schema: object): object {
  return { description, schema };
}

export const retryAfter = { 'Retry-After': header('Seconds.', { type: 'integer', minimum: 1 }) };

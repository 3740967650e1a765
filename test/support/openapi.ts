import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { z } from 'zod';

/** Holds real answers against what an OpenAPI document says of them. */

const documentSchema = z.looseObject({
  openapi: z.string(),
  paths: z.record(
    z.string(),
    z.looseObject({
      get: z.unknown().optional(),
      post: z.unknown().optional(),
    }),
  ),
});

const operationSchema = z.looseObject({
  responses: z.record(
    z.string(),
    z.looseObject({
      headers: z.record(z.string(), z.unknown()).optional(),
      content: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

const escaped = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');

export function readOpenApi(value: unknown) {
  const document = documentSchema.parse(value);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi.json', false, false);

  /** @param pointer to a schema in the document */
  function objectionsOf(pointer: readonly string[], value: unknown): string[] {
    const encoded = pointer.map((part) => encodeURIComponent(escaped(part))).join('/');
    const validate = ajv.getSchema(`openapi.json#/${encoded}`);
    if (validate === undefined) throw new Error(`the document has no ${encoded}`);
    void validate(value);
    return (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
  }

  return {
    document,
    /** `GET /health` for each operation. */
    operations: Object.entries(document.paths).flatMap(([path, item]) => [
      ...(item.get === undefined ? [] : [`GET ${path}`]),
      ...(item.post === undefined ? [] : [`POST ${path}`]),
    ]),
    /**
     * What is wrong with an answer; nothing when it is as documented.
     *
     * @param path as the document has it
     */
    async objections(method: 'get' | 'post', path: string, answer: Response): Promise<string[]> {
      const operation = operationSchema.parse(document.paths[path]?.[method]);
      const status = String(answer.status) in operation.responses ? String(answer.status) : 'default';
      const documented = operation.responses[status];
      if (documented === undefined) return [`${method} ${path}: ${answer.status} is not documented`];
      const missing = Object.keys(documented.headers ?? {}).filter((name) => !answer.headers.has(name));
      const found = missing.map((name) => `${method} ${path}: ${answer.status} has no ${name}`);
      const type = answer.headers.get('content-type') ?? '';
      const media = Object.keys(documented.content ?? {}).find((one) => type === one || type.startsWith(`${one};`));
      if (media === undefined) return [...found, `${method} ${path}: ${answer.status} is ${type}`];
      if (!media.endsWith('json')) return found;
      const against = ['paths', path, method, 'responses', status, 'content', media, 'schema'];
      return [...found, ...objectionsOf(against, await answer.json()).map((one) => `${method} ${path}: ${one}`)];
    },
    /** What the document's schema of a request's body has against a value. */
    objectionsToBody(path: string, body: unknown): string[] {
      return objectionsOf(['paths', path, 'post', 'requestBody', 'content', 'application/json', 'schema'], body);
    },
  };
}

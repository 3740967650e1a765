import { z } from 'zod';
import { acceptedSchema, healthSchema, ignoredSchema, resolvedAcceptedSchema } from '../api/answers.js';
import { ticketCreatedSchema, ticketResolvedSchema } from '../api/payloads.js';
import { localTicketSchema } from '../connectors/index.js';
import { problemSchema } from '../http/problem.js';
import { readinessSchema } from '../primary/state/readiness.js';
import { statusSchema } from '../primary/status.js';

/** Every body of a request or an answer, by its name in the document. */
const named = {
  TicketCreated: ticketCreatedSchema,
  TicketResolved: ticketResolvedSchema,
  Accepted: acceptedSchema,
  ResolvedAccepted: resolvedAcceptedSchema,
  Ignored: ignoredSchema,
  Health: healthSchema,
  Problem: problemSchema,
  Readiness: readinessSchema,
  Status: statusSchema,
  LocalTicket: localTicketSchema,
} as const satisfies Record<string, z.ZodType>;

export type SchemaName = keyof typeof named;

export function reference(name: SchemaName): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

/** OpenAPI 3.1 uses JSON Schema 2020-12. */
export function schemas(): Readonly<Record<string, object>> {
  return Object.fromEntries(Object.entries(named).map(([name, schema]) => [name, toJsonSchema(schema)]));
}

function toJsonSchema(schema: z.ZodType): object {
  // As input: fields with a default are optional, and unknown fields are ignored.
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

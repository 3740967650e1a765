import { z } from 'zod';
import { secretReference } from '../config/secret-reference.js';
import { deskSchema } from '../connectors/desks/index.js';
import { priorities, priorityKey } from '../intake/priority.js';
import { historyField } from './history-field.js';
import { noteFields } from './note-fields.js';

/**
 * The tenants as configured. Secrets are references, never values, so the document may be sent to children and shown.
 */

const secrets = z.array(secretReference).min(1, 'needs one secret').max(2, 'takes two secrets at most, newest first');

/** Headers that have another meaning, or that a proxy may drop or rewrite. */
const takenHeaders = new RegExp(
  `^(${[
    'host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|http2-settings|expect|via|max-forwards|proxy-.*',
    'content-.*|accept|accept-.*|user-agent|date|age|from|origin|referer|range|if-.*|cache-control|pragma|warning',
    'authorization|cookie|set-cookie|sec-.*|access-control-.*|forwarded|x-forwarded-.*|x-real-ip|x-request-id',
    'traceparent|tracestate|baggage|x-correlation-id|webhook-.*|x-servicedesk-signature',
  ].join('|')})$`,
);
const headerName = z
  .string()
  .transform((name) => name.toLowerCase())
  .pipe(
    z
      .string()
      .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'is not an HTTP header name')
      .refine((name) => !takenHeaders.test(name), 'is a header that has a meaning of its own; choose another'),
  );

const webhookSchema = z
  .strictObject({
    standard_webhooks: z.strictObject({ secrets }).optional(),
    servicedesk_signature: z.strictObject({ secrets }).optional(),
    static_token: z.strictObject({ header: headerName, secrets }).optional(),
    /** The desk's own signature, on its own route. */
    desk_signature: z.strictObject({ secrets }).optional(),
  })
  .refine((webhook) => Object.values(webhook).some((scheme) => scheme !== undefined), {
    message: 'needs at least one of standard_webhooks, servicedesk_signature, static_token and desk_signature',
  });

const folder = z.strictObject({ path: z.string().min(1) });

function wholeNumber(minimum: number, maximum: number) {
  const error = `must be a whole number from ${minimum} to ${maximum}`;
  return z.int({ error }).min(minimum, error).max(maximum, error);
}

/** Bound of a tenant's own priority names. */
const mostPriorities = 200;
const longestPriority = 100;

const prioritiesSchema = z
  .record(
    z.string().trim().min(1).max(longestPriority),
    z.enum(priorities, { error: 'must be low, medium, high or critical' }),
  )
  .superRefine((table, { addIssue }) => {
    const names = Object.keys(table);
    if (names.length > mostPriorities) addIssue(`must have at most ${mostPriorities} entries`);
    const priorityOf = new Map<string, string>();
    for (const [name, priority] of Object.entries(table)) {
      const key = priorityKey(name);
      if ((priorityOf.get(key) ?? priority) !== priority) {
        addIssue({ code: 'custom', path: [name], message: 'is the name of another priority above, written otherwise' });
      }
      priorityOf.set(key, priority);
    }
  });

export const tenantIdPattern = /^[a-z0-9][a-z0-9_-]{0,31}$/;

const tenantSchema = z.strictObject({
  id: z
    .string()
    .regex(tenantIdPattern, 'must be 1 to 32 of a-z, 0-9, _ and -, and begin with a letter or digit')
    .refine((id) => id !== 'unknown', 'is the metric label of unknown tenants; choose another'),
  name: z.string().min(1).max(200),
  active: z.boolean().default(true),
  webhook: webhookSchema,
  desk: deskSchema,
  knowledge: folder.optional(),
  history: historyField.optional(),
  inventory: folder.optional(),
  llm: z
    .strictObject({
      model: z.string().min(1).optional(),
      when_unavailable: z.enum(['fallback', 'wait'], { error: 'must be fallback or wait' }).default('fallback'),
      rerank: z.boolean().default(false),
    })
    .prefault({}),
  ...noteFields,
  priorities: prioritiesSchema.default({}),
  limits: z
    .strictObject({
      requests_per_minute: wholeNumber(1, 1_000_000).default(6000),
      words_per_note: wholeNumber(50, 5000).default(500),
    })
    .prefault({}),
});

export const tenantsFileSchema = z.strictObject({ tenants: z.array(tenantSchema).min(1, 'names no tenant') });

/** A file that was read, as the primary sends it to its children. */
export const tenantsDocumentSchema = tenantsFileSchema.extend({
  /** Folder that relative paths start from. */
  baseFolder: z.string().optional(),
});

export type TenantsDocument = z.output<typeof tenantsDocumentSchema>;
export type TenantDocument = TenantsDocument['tenants'][number];

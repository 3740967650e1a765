import { z } from 'zod';

/**
 * The tenants as configured. Secrets are references, never values, so the document may be sent to children and shown.
 */

const secretReference = z
  .string()
  .regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/,
    'must be a reference, env:NAME or file:/path, never the secret itself',
  );
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
  })
  .refine((webhook) => Object.values(webhook).some((scheme) => scheme !== undefined), {
    message: 'needs at least one of standard_webhooks, servicedesk_signature and static_token',
  });

const deskSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('local') }),
  z.strictObject({
    type: z.literal('servicedesk-plus'),
    base_url: z
      .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
      .refine((url) => !/^\w+:\/\/[^/?#]*@/.test(url), 'must not hold a user or password; credential is for that'),
    deployment: z.enum(['on-premises', 'cloud']).default('on-premises'),
    credential: secretReference,
    allow_private_network: z.boolean().default(false),
  }),
]);

const folder = z.strictObject({ path: z.string().min(1) });

function wholeNumber(minimum: number, maximum: number) {
  const error = `must be a whole number from ${minimum} to ${maximum}`;
  return z.int({ error }).min(minimum, error).max(maximum, error);
}

/** Those that src/enhancement/note-words.ts has the words of. */
const noteLanguages = ['en', 'de', 'es', 'fr', 'it', 'pt', 'nl', 'pl', 'zh', 'ja'] as const;

/** Where a source can be opened: agents are led there, so the host is the tenant's own word and not a part of an id. */
const linkTemplate = z
  .string()
  .max(1000)
  .refine((template) => isWebAddress(template), 'must be an http:// or https:// address without a user or password')
  .refine((template) => /^[^/]*\/\/[^/?#{]+[/?#].*\{id\}/.test(template), 'must hold {id}, behind the host');

function isWebAddress(template: string): boolean {
  const address = template.replaceAll('{id}', 'id');
  if (!URL.canParse(address) || /\s/.test(template)) return false;
  const { protocol, username, password } = new URL(address);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}

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
  history: folder.optional(),
  inventory: folder.optional(),
  llm: z
    .strictObject({
      model: z.string().min(1).optional(),
      when_unavailable: z.enum(['fallback', 'wait'], { error: 'must be fallback or wait' }).default('fallback'),
    })
    .prefault({}),
  language: z
    .enum(['auto', ...noteLanguages], { error: `must be auto or one of ${noteLanguages.join(', ')}` })
    .default('auto'),
  notes: z
    .strictObject({
      when_nothing_found: z.enum(['silent', 'short'], { error: 'must be silent or short' }).default('silent'),
      style: z.enum(['full', 'short'], { error: 'must be full or short' }).default('full'),
    })
    .prefault({}),
  links: z.strictObject({ ticket: linkTemplate.optional(), article: linkTemplate.optional() }).prefault({}),
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

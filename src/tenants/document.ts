import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Document, isMap, LineCounter, type Node, parseDocument } from 'yaml';
import { z } from 'zod';

/**
 * The tenants as they are written down: secrets are references, never values, so the document may be handed from the
 * primary to its children, and shown.
 */

const secretReference = z
  .string()
  .regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/,
    'must be a reference, env:NAME or file:/path, never the secret itself',
  );
const secrets = z.array(secretReference).min(1, 'needs one secret').max(2, 'takes two secrets at most, newest first');

/** Headers that carry something else already, or that a proxy may drop or rewrite. */
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

export const tenantIdPattern = /^[a-z0-9][a-z0-9_-]{0,31}$/;

const tenantSchema = z.strictObject({
  id: z
    .string()
    .regex(tenantIdPattern, 'must be 1 to 32 of a-z, 0-9, _ and -, and begin with a letter or digit')
    .refine((id) => id !== 'unknown', 'is the label under which metrics count strangers; choose another'),
  name: z.string().min(1).max(200),
  active: z.boolean().default(true),
  webhook: webhookSchema,
  desk: deskSchema,
  knowledge: folder.optional(),
  history: folder.optional(),
  inventory: folder.optional(),
  llm: z.strictObject({ model: z.string().min(1).optional() }).optional(),
  limits: z
    .strictObject({
      requests_per_minute: z.number().int().min(1).max(1_000_000).default(6000),
      words_per_note: z.number().int().min(50).max(5000).default(500),
    })
    .prefault({}),
});

export const tenantsDocumentSchema = z.strictObject({
  tenants: z.array(tenantSchema).min(1, 'names no tenant'),
  /** Folder that relative paths start from. Set when the document is read, not by its author. */
  baseFolder: z.string().optional(),
});

export type TenantsDocument = z.output<typeof tenantsDocumentSchema>;
export type TenantDocument = TenantsDocument['tenants'][number];

/** Everything that is wrong with a tenants file, a line each. */
export class TenantsError extends Error {
  override readonly name = 'TenantsError';
  readonly code = 'TENANTS_INVALID';

  constructor(
    readonly source: string,
    readonly problems: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`${source} is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`, options);
  }
}

const demoFile = fileURLToPath(new URL('../../demo/tenants.yaml', import.meta.url));

/** @param file path of the tenants file; undefined: the built-in demo tenants */
export function readTenantsDocument(file: string | undefined): TenantsDocument {
  const path = file ?? demoFile;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TenantsError(path, [`it cannot be read (${why}); set TENANTS_FILE to an existing file`], {
      cause: error,
    });
  }
  return parseTenantsDocument(text, path);
}

/** YAML, of which JSON is a part. */
export function parseTenantsDocument(text: string, path: string): TenantsDocument {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (yaml.errors.length > 0) {
    throw new TenantsError(
      path,
      yaml.errors.map(({ message, pos }) => `line ${lines.linePos(pos[0]).line}: ${message.split('\n')[0]}`),
    );
  }
  const parsed = tenantsDocumentSchema.safeParse(toPlain(yaml, path));
  const lineOf = (at: readonly PropertyKey[]): string => {
    // A missing key has no line of its own: its parent's is the place to write it.
    for (let depth = at.length; depth >= 0; depth--) {
      const node: unknown = yaml.getIn(at.slice(0, depth), true);
      const range = isNode(node) ? node.range : undefined;
      if (range) return `line ${lines.linePos(range[0]).line}, ${at.map(String).join('.') || 'the whole'}`;
    }
    return at.map(String).join('.');
  };
  const problems = parsed.success
    ? duplicates(parsed.data).map(([index, message]) => `${lineOf(['tenants', index, 'id'])}: ${message}`)
    : parsed.error.issues.map((issue) => `${lineOf(issue.path)}: ${sentenceOf(issue)}`);
  if (!parsed.success || problems.length > 0) throw new TenantsError(path, problems);
  return { ...parsed.data, baseFolder: dirname(resolve(path)) };
}

function sentenceOf({ code, message }: z.core.$ZodIssue): string {
  return code === 'invalid_type' && message.endsWith('received undefined') ? 'is missing' : message;
}

function toPlain(yaml: Document, path: string): unknown {
  try {
    return yaml.toJS();
  } catch (error) {
    // Aliases that unfold into more than any file of tenants has.
    const why = error instanceof Error ? error.message : String(error);
    throw new TenantsError(path, [`it cannot be read (${why})`], { cause: error });
  }
}

function isNode(value: unknown): value is Node {
  return isMap(value) || (typeof value === 'object' && value !== null && 'range' in value);
}

function duplicates({ tenants }: TenantsDocument): [index: number, message: string][] {
  const problems: [number, string][] = [];
  const seen = new Set<string>();
  for (const [index, { id }] of tenants.entries()) {
    if (seen.has(id)) problems.push([index, `there is another tenant with the id ${id}`]);
    seen.add(id);
  }
  return problems;
}

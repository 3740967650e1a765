import { resolve } from 'node:path';
import { z } from 'zod';
import { problemOfModelPath } from './model-url.js';
import { parseRedisUrl, type RedisAddress, RedisUrlError } from './redis-url.js';

/** One environment variable, as data: parsed, documented and checked for misspellings from this. */
export interface Variable {
  readonly type: string;
  /** `ms`, `bytes`… or empty. */
  readonly unit: string;
  /** As the documentation shows it. */
  readonly default: string;
  readonly meaning: string;
  /** The part that must not appear in logs. The status page only shows whether such a variable is set. */
  readonly secret?: 'all' | 'password';
  /** The roles that need a secret; it is removed from the environment of other children. The primary has all. */
  readonly children?: readonly ('http' | 'worker')[];
  readonly schema: z.ZodType;
}

function integer(minimum: number, maximum: number, byDefault: number) {
  const message = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d+$/, message)
    .transform(Number)
    .pipe(z.number().min(minimum, message).max(maximum, message))
    .default(byDefault);
}

function number([minimum, maximum]: readonly [number, number], byDefault: number, unit: string, meaning: string) {
  const schema = integer(minimum, maximum, byDefault);
  return { type: `whole number, ${minimum} to ${maximum}`, unit, default: String(byDefault), meaning, schema } as const;
}

function text(byDefault: string, meaning: string) {
  return { type: 'text', unit: '', default: byDefault, meaning, schema: z.string().default(byDefault) } as const;
}

function optional(type: string, meaning: string, schema: z.ZodType<string> = z.string()) {
  return { type, unit: '', default: '', meaning, schema: schema.optional() } as const;
}

/** @param schema default: any text */
function secret(meaning: string, children: NonNullable<Variable['children']>, schema?: z.ZodType<string>) {
  return { ...optional('secret', meaning, schema), secret: 'all', children } as const;
}

/** Anything else cannot be sent in a header, or arrives there as another text. */
const headerValue = z
  .string()
  .regex(/^[\x20-\x7e]+$/, 'must be one line of printable ASCII, because it is sent in a header');

const redisUrl = z.string().superRefine((url, context) => {
  const problem = problemOfRedisUrl(url);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

function problemOfRedisUrl(url: string): string | undefined {
  let address: RedisAddress;
  try {
    address = parseRedisUrl(url);
  } catch (error) {
    if (error instanceof RedisUrlError) return error.message;
    throw error;
  }
  return address.kind === 'sentinel' && address.sentinelPassword !== undefined
    ? 'must not hold the password of the sentinels; REDIS_SENTINEL_PASSWORD is the variable for it'
    : undefined;
}

const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
  // fetch refuses an address with a password, which would also be shown wherever the address is.
  .refine(
    (url) => !/^\w+:\/\/[^/?#]*@/.test(url),
    'must not hold a user or password; the key has a variable of its own',
  )
  .refine((url) => !/[?#]/.test(url), 'must end with its path, for what is asked is put behind it');

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header: letters, digits and hyphens');

/** Of a query Azure's API version may be given: it follows what is put behind the path. */
const modelUrl = z.string().superRefine((text, context) => {
  const problem = problemOfModelUrl(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

function problemOfModelUrl(text: string): string | undefined {
  const [address = ''] = text.split(/[?#]/, 1);
  return webUrl.safeParse(address).error?.issues[0]?.message ?? problemOfModelPath(address, text.slice(address.length));
}

/** As in curl, the default scheme is http. */
const proxyUrl = z
  .string()
  .transform((text) => (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`))
  .refine(isProxyUrl, 'must be the http:// or https:// address of a proxy, host:port, with nothing behind it');

function isProxyUrl(text: string): boolean {
  try {
    const { protocol, username, password, pathname, search, hash } = new URL(text);
    decodeURIComponent(`${username}${password}`);
    return /^https?:$/.test(protocol) && `${pathname}${search}${hash}` === '/';
  } catch {
    return false;
  }
}

/** Host names as browsers send them, without a port. IP addresses need no entry. */
const hostName = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

const hostNames = z.string().transform((text, context): readonly string[] => {
  const names = text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  if (!names.every((name) => hostName.test(name))) {
    context.addIssue({
      code: 'custom',
      message: 'must be host names with commas between, without scheme, port and path',
    });
    return z.NEVER;
  }
  return names;
});

/** Made absolute: the configuration is also shown where the service's working folder is unknown. */
const absolutePath = z.string().transform((path) => resolve(path));

const oneDayMs = 86_400_000;

/** `name=value,name=value`, values percent-encoded: the form of OpenTelemetry's lists (W3C Baggage). */
const pairs = z.string().transform((text, context) => {
  const found: Record<string, string> = {};
  for (const pair of text.split(',').filter((one) => one.trim() !== '')) {
    const at = pair.indexOf('=');
    try {
      if (at < 1) throw new URIError('no name');
      found[pair.slice(0, at).trim()] = decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      context.addIssue({
        code: 'custom',
        message: 'must be name=value pairs with commas between, values percent-encoded',
      });
      return z.NEVER;
    }
  }
  return found;
});

const tracesSamplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** The short form would otherwise serve the demo tenants, whose secrets are public. */
export function isProduction(nodeEnv: string | undefined): boolean {
  return /^prod(?:uction)?$/i.test(nodeEnv?.trim() ?? '');
}

/** Every variable that this service knows. */
export const variables = {
  HTTP_HOST: text('0.0.0.0', 'Address on which the http children serve webhooks.'),
  HTTP_PORT: number([1, 65_535], 8080, '', 'Port of the webhooks, shared by all http children.'),
  HTTP_PROCESSES: number([0, 256], 2, 'processes', 'http children; 0 on a machine that only runs jobs.'),
  METRICS_HOST: text('127.0.0.1', 'Address on which the primary serves metrics and status.'),
  METRICS_PORT: number([1, 65_535], 8000, '', 'Port of `/metrics`, the status page at `/`, `/healthz` and `/readyz`.'),
  PUBLIC_HOSTS: {
    type: 'name,…',
    unit: '',
    default: '',
    meaning:
      'Host names under which the pages of the metrics port are served, besides its IP addresses and `localhost`; under other names they answer 421 (docs/status-page.md). `/metrics`, `/healthz` and `/readyz` are served under every name.',
    schema: hostNames.optional(),
  },
  WORKER_PROCESSES: number([0, 256], 2, 'processes', 'Worker children; 0 on a machine that only receives webhooks.'),
  WORKER_CONCURRENCY: number(
    [1, 1000],
    10,
    'jobs',
    'Jobs that one worker child runs at the same time; as many again of tenants whose desk, model or context is slow.',
  ),
  TENANTS_FILE: optional(
    'path',
    'YAML or JSON file of the tenants (docs/tenants.md). Unset: the two demo tenants.',
    absolutePath,
  ),
  REDIS_URL: {
    ...optional(
      'address',
      'Redis: `redis://`, `rediss://`, `redis+cluster://host:port,…`, `redis+sentinel://host:port,…/name` or `unix:///` (docs/running.md). Unset: an embedded Redis in `DATA_DIR`.',
      redisUrl,
    ),
    secret: 'password',
    children: ['http', 'worker'],
  },
  REDIS_SENTINEL_PASSWORD: secret('Password of the sentinels, if they have one; that of Redis is in `REDIS_URL`.', [
    'http',
    'worker',
  ]),
  DATA_DIR: {
    ...text(
      './data',
      'Folder of the embedded Redis (then one running instance for each) and of the index of resolved tickets (docs/retrieval.md).',
    ),
    schema: absolutePath.prefault('./data'),
  },
  CONTEXT_TIMEOUT_MS: number([1, oneDayMs], 30_000, 'ms', 'Deadline for gathering context from all sources.'),
  LLM_BASE_URL: optional(
    'address',
    'OpenAI-compatible endpoint, up to and without `/chat/completions`, such as `https://api.openai.com/v1`; Azure’s `?api-version=…` may follow (docs/models.md). Unset: extractive notes.',
    modelUrl,
  ),
  LLM_API_KEY: secret('Key of the model endpoint.', ['worker'], headerValue),
  LLM_API_KEY_HEADER: optional(
    'name',
    'Header that has the key. Unset: `api-key` for Azure, else `authorization` with a bearer token.',
    headerName,
  ),
  LLM_MODEL: optional('text', 'Model name; needed with `LLM_BASE_URL`. A tenant may name another.'),
  LLM_TIMEOUT_MS: number([1, oneDayMs], 30_000, 'ms', 'Deadline for the model, all attempts together.'),
  LLM_MAX_OUTPUT_TOKENS: number(
    [64, 200_000],
    4096,
    'tokens',
    'Most tokens of one answer of the model, reasoning included. An answer that is cut off is asked for once more with four times as many.',
  ),
  JOB_TIMEOUT_MS: number(
    [1, oneDayMs],
    120_000,
    'ms',
    'Deadline for one attempt of a job. Context has half of it at most, context and model together three quarters.',
  ),
  JOB_ATTEMPTS: number(
    [1, 100],
    4,
    'attempts',
    'Attempts of a job before it fails; retries follow after 1 s, 2 s, 4 s and so on, up to five minutes.',
  ),
  JOB_MAX_AGE_HOURS: number(
    [1, 720],
    24,
    'hours',
    'How long a job may be deferred (docs/failures.md), from its webhook or its last retry by an operator, before it fails.',
  ),
  LOG_LEVEL: {
    type: logLevels.join(', '),
    unit: '',
    default: 'info',
    meaning: 'Lowest level that is logged.',
    schema: z
      .string()
      .toLowerCase()
      .pipe(z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }))
      .default('info'),
  },
  SHUTDOWN_TIMEOUT_MS: number(
    [0, oneDayMs],
    30_000,
    'ms',
    'How long running requests and jobs may take at a stop or reload.',
  ),
  SCRAPE_TIMEOUT_MS: number([1, oneDayMs], 2000, 'ms', 'Deadline for a `/metrics` answer.'),
  CHILD_STALE_MS: number(
    [1, oneDayMs],
    5000,
    'ms',
    'Silence after which a child counts as stale and its live gauges are left out.',
  ),
  CHILD_HUNG_MS: number([1, oneDayMs], 30_000, 'ms', 'Silence after which a child is replaced.'),
  METRICS_MAX_LABEL_SETS: number(
    [1, 10_000_000],
    10_000,
    'label sets',
    'Maximum number of label sets of one metric; further ones are dropped and counted.',
  ),
  METRICS_BEARER_TOKEN: secret(
    'If set, `/metrics`, the status page and `/desk` require it (docs/status-page.md).',
    [],
    headerValue,
  ),
  ADMIN_TOKEN: secret(
    'If set, the queue page is served at `/queues` to clients that send it (docs/status-page.md).',
    [],
    headerValue,
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(
    'address',
    'Trace collector (OTLP over HTTP), without `/v1/traces` (docs/tracing.md). Unset: no tracing.',
    webUrl,
  ),
  OTEL_EXPORTER_OTLP_HEADERS: {
    type: 'name=value,…',
    unit: '',
    default: '',
    meaning: 'Headers of each export, such as the key of the collector.',
    secret: 'all',
    children: ['http', 'worker'],
    schema: pairs.optional(),
  },
  OTEL_SERVICE_NAME: text('ticket-enhancer', 'Service name of the traces.'),
  OTEL_RESOURCE_ATTRIBUTES: {
    type: 'name=value,…',
    unit: '',
    default: '',
    meaning: 'Further attributes of each span, such as `deployment.environment.name=production`.',
    schema: pairs.optional(),
  },
  OTEL_TRACES_SAMPLER: {
    type: tracesSamplers.join(', '),
    unit: '',
    default: 'parentbased_always_on',
    meaning: 'Which traces are recorded; `parentbased_…`: as the caller of a signed webhook decided, if it did so.',
    schema: z
      .enum(tracesSamplers, { error: `must be one of ${tracesSamplers.join(', ')}` })
      .default('parentbased_always_on'),
  },
  OTEL_TRACES_SAMPLER_ARG: {
    type: 'number, 0 to 1',
    unit: '',
    default: '1',
    meaning: 'Share of traces that the `traceidratio` samplers record.',
    schema: z
      .string()
      .regex(/^(0|1|0?\.\d+|1\.0+|0\.0*)$/, 'must be a number from 0 to 1')
      .transform(Number)
      .default(1),
  },
  HTTP_PROXY: {
    ...optional('address', 'Proxy for desks and models at `http://` addresses (docs/running.md).', proxyUrl),
    secret: 'password',
    children: ['http', 'worker'],
  },
  HTTPS_PROXY: {
    ...optional('address', 'Proxy for desks and models at `https://` addresses (docs/running.md).', proxyUrl),
    secret: 'password',
    children: ['http', 'worker'],
  },
  NO_PROXY: optional(
    'list',
    'Hosts that are reached without a proxy: names with their subdomains, addresses, networks such as `10.0.0.0/8`, each with an optional port; `*`: all.',
  ),
  NODE_ENV: {
    ...optional('text', 'With `production` the service refuses to start on the demo tenants.'),
    schema: z
      .string()
      .transform((text) => (isProduction(text) ? 'production' : text))
      .optional(),
  },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof variables;

/** The secrets that a child of this role does not need. The environment of a process can be read by its user. */
export function withheldFrom(role: 'http' | 'worker'): string[] {
  return Object.entries<Variable>(variables).flatMap(([name, { children }]) =>
    children === undefined || children.includes(role) ? [] : [name],
  );
}

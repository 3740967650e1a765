import { z } from 'zod';
import { bareValue } from './bare-value.js';
import {
  absolutePath,
  atStart,
  choice,
  headerName,
  headerValue,
  host,
  hostNames,
  modelUrl,
  number,
  oneDayMs,
  optional,
  pairs,
  proxyUrl,
  redisUrl,
  secret,
  sentKey,
  text,
  type Variable,
  webUrl,
} from './variable-kinds.js';

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
  return /^prod(?:uction)?$/i.test(bareValue(nodeEnv ?? ''));
}

/** Every variable that this service knows. */
export const variables = {
  HTTP_HOST: atStart(host('0.0.0.0', 'Address on which the http children serve webhooks.')),
  HTTP_PORT: atStart(number([1, 65_535], 8080, '', 'Port of the webhooks, shared by all http children.')),
  HTTP_PROCESSES: atStart(number([0, 256], 2, 'processes', 'http children; 0 on a machine that only runs jobs.')),
  METRICS_HOST: atStart(host('127.0.0.1', 'Address on which the primary serves metrics and status.')),
  METRICS_PORT: atStart(
    number([1, 65_535], 8000, '', 'Port of `/metrics`, the status page at `/`, `/healthz` and `/readyz`.'),
  ),
  PUBLIC_HOSTS: atStart({
    type: 'name,…',
    unit: '',
    default: '',
    meaning:
      'Host names under which the pages of the metrics port are served, besides its IP addresses and `localhost`; under other names they answer 421 (docs/status-page.md). `/metrics`, `/healthz` and `/readyz` are served under every name.',
    schema: hostNames.optional(),
  }),
  WORKER_PROCESSES: atStart(
    number([0, 256], 2, 'processes', 'Worker children; 0 on a machine that only receives webhooks.'),
  ),
  WORKER_CONCURRENCY: number(
    [1, 1000],
    10,
    'jobs',
    'Jobs that one worker child runs at the same time; as many again of tenants whose desk, model or context is slow.',
  ),
  TENANTS_FILE: atStart(
    optional('path', 'YAML or JSON file of the tenants (docs/tenants.md). Unset: the two demo tenants.', absolutePath),
  ),
  REDIS_URL: atStart({
    ...optional(
      'address',
      'Redis: `redis://`, `rediss://`, `redis+cluster://host:port,…`, `redis+sentinel://host:port,…/name` or `unix:///` (docs/running.md). Unset: an embedded Redis in `DATA_DIR`.',
      redisUrl,
    ),
    secret: 'password',
    children: ['http', 'worker'],
  }),
  REDIS_SENTINEL_PASSWORD: atStart(
    secret('Password of the sentinels, if they have one; that of Redis is in `REDIS_URL`.', ['http', 'worker']),
  ),
  DATA_DIR: atStart({
    ...text(
      './data',
      'Folder of the embedded Redis (then one running instance for each) and of the index of resolved tickets (docs/retrieval.md).',
    ),
    schema: absolutePath.prefault('./data'),
  }),
  CONTEXT_TIMEOUT_MS: number([1, oneDayMs], 30_000, 'ms', 'Deadline for gathering context from all sources.'),
  LLM_BASE_URL: optional(
    'address',
    'OpenAI-compatible endpoint, up to and without `/chat/completions`, such as `https://api.openai.com/v1`; Azure’s `?api-version=…` may follow (docs/models.md). Unset: extractive notes.',
    modelUrl,
  ),
  LLM_API_KEY: secret('Key of the model endpoint.', ['worker'], sentKey),
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
    schema: z.string().toLowerCase().pipe(choice(logLevels)).default('info'),
  },
  SHUTDOWN_TIMEOUT_MS: atStart(
    number([0, oneDayMs], 30_000, 'ms', 'How long running requests and jobs may take at a stop or reload.'),
  ),
  SCRAPE_TIMEOUT_MS: atStart(number([1, oneDayMs], 2000, 'ms', 'Deadline for a `/metrics` answer.')),
  CHILD_STALE_MS: atStart(
    number([1, oneDayMs], 5000, 'ms', 'Silence after which a child counts as stale and its live gauges are left out.'),
  ),
  CHILD_HUNG_MS: atStart(
    number([1, oneDayMs], 30_000, 'ms', 'Silence after which a child is replaced; of one that starts, at least 30 s.'),
  ),
  METRICS_MAX_LABEL_SETS: atStart(
    number(
      [1, 10_000_000],
      10_000,
      'label sets',
      'Maximum number of label sets of one metric; further ones are dropped and counted.',
    ),
  ),
  METRICS_BEARER_TOKEN: atStart(
    secret('If set, `/metrics`, the status page and `/desk` require it (docs/status-page.md).', [], headerValue),
  ),
  ADMIN_TOKEN: atStart(
    secret(
      'If set, the queue page is served at `/queues` to clients that send it (docs/status-page.md).',
      [],
      headerValue,
    ),
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
    schema: choice(tracesSamplers).default('parentbased_always_on'),
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

export const variableNames = Object.keys(variables) as VariableName[];

/** The part of a variable's value that is secret. Undefined: none is, or the variable is not one of ours. */
export function secretPartOf(name: string): Variable['secret'] {
  const known: Readonly<Record<string, Variable>> = variables;
  return Object.hasOwn(known, name) ? known[name]?.secret : undefined;
}

/** What a reload cannot change. */
export const atStartOnly = Object.entries<Variable>(variables).flatMap(([name, variable]) =>
  variable.atStartOnly === true ? [name] : [],
);

/** The secrets that a child of this role does not need. The environment of a process can be read by its user. */
export function withheldFrom(role: 'http' | 'worker'): string[] {
  return Object.entries<Variable>(variables).flatMap(([name, { children }]) =>
    children === undefined || children.includes(role) ? [] : [name],
  );
}

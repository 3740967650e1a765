import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { type EnvFile, parseEnvFile } from './env-file.js';
import { isServiceLink, misspelled } from './misspelled.js';
import { warningOfModelUrl } from './model-url.js';
import { readTextFileSync, TextFileError } from './text-file.js';
import type { Variable } from './variable-kinds.js';
import { atStartOnly, type VariableName, variables } from './variables.js';

/** The field of {@link Config} for each variable. */
const fields = {
  HTTP_HOST: 'httpHost',
  HTTP_PORT: 'httpPort',
  HTTP_PROCESSES: 'httpProcesses',
  METRICS_HOST: 'metricsHost',
  METRICS_PORT: 'metricsPort',
  PUBLIC_HOSTS: 'publicHosts',
  WORKER_PROCESSES: 'workerProcesses',
  WORKER_CONCURRENCY: 'workerConcurrency',
  TENANTS_FILE: 'tenantsFile',
  REDIS_URL: 'redisUrl',
  REDIS_SENTINEL_PASSWORD: 'redisSentinelPassword',
  DATA_DIR: 'dataDir',
  CONTEXT_TIMEOUT_MS: 'contextTimeoutMs',
  LLM_BASE_URL: 'llmBaseUrl',
  LLM_API_KEY: 'llmApiKey',
  LLM_API_KEY_HEADER: 'llmApiKeyHeader',
  LLM_MODEL: 'llmModel',
  LLM_TIMEOUT_MS: 'llmTimeoutMs',
  LLM_MAX_OUTPUT_TOKENS: 'llmMaxOutputTokens',
  JOB_TIMEOUT_MS: 'jobTimeoutMs',
  JOB_ATTEMPTS: 'jobAttempts',
  JOB_MAX_AGE_HOURS: 'jobMaxAgeHours',
  LOG_LEVEL: 'logLevel',
  SHUTDOWN_TIMEOUT_MS: 'shutdownTimeoutMs',
  SCRAPE_TIMEOUT_MS: 'scrapeTimeoutMs',
  CHILD_STALE_MS: 'childStaleMs',
  CHILD_HUNG_MS: 'childHungMs',
  METRICS_MAX_LABEL_SETS: 'metricsMaxLabelSets',
  METRICS_BEARER_TOKEN: 'metricsBearerToken',
  ADMIN_TOKEN: 'adminToken',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'otlpEndpoint',
  OTEL_EXPORTER_OTLP_HEADERS: 'otlpHeaders',
  OTEL_SERVICE_NAME: 'otelServiceName',
  OTEL_RESOURCE_ATTRIBUTES: 'otelResourceAttributes',
  OTEL_TRACES_SAMPLER: 'tracesSampler',
  OTEL_TRACES_SAMPLER_ARG: 'tracesSamplerRatio',
  HTTP_PROXY: 'httpProxy',
  HTTPS_PROXY: 'httpsProxy',
  NO_PROXY: 'noProxy',
  NODE_ENV: 'nodeEnv',
} as const satisfies Record<VariableName, string>;

const variableNames = Object.keys(fields) as VariableName[];

/** Conventionally also written in lower case. */
const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'] as const satisfies readonly VariableName[];

/** The configuration of one instance, as `variables` defines it. Durations are milliseconds. */
export type Config = { readonly [Name in VariableName as (typeof fields)[Name]]: Raw[Name] };

/** Every problem of the configuration, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

const largestEnvFileBytes = 1024 * 1024;

/** The environment, with the variables of a `.env` file in this folder that it does not have. @throws {ConfigError} */
export function withEnvFile(env: Environment, folder: string): Environment {
  return { ...readEnvFile(folder).variables, ...env };
}

function readEnvFile(folder: string): EnvFile {
  const file = resolve(folder, '.env');
  if (!existsSync(file)) return { variables: {}, warnings: [] };
  try {
    return parseEnvFile(readTextFileSync(file, largestEnvFileBytes));
  } catch (error) {
    if (error instanceof TextFileError) throw new ConfigError([`${file} ${error.message}.`]);
    throw new ConfigError([`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** Node reads these when it starts, which is before this service reads `.env`. */
const readByNode = ['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS', 'NODE_TLS_REJECT_UNAUTHORIZED', 'UV_THREADPOOL_SIZE'];

const schema = z.object(
  Object.fromEntries(Object.entries(variables).map(([name, { schema: one }]) => [name, one])) as {
    [Name in VariableName]: (typeof variables)[Name]['schema'];
  },
);

const modelUrl = variables.LLM_BASE_URL.schema;

type Raw = z.output<typeof schema>;

/**
 * Reads the configuration.
 *
 * @throws {ConfigError} which names every problem at once
 */
export function loadConfig(env: Environment): Config {
  const given = givenIn(env);
  const problems: string[] = [];
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      const name = String(path[0]);
      problems.push(`${name} ${message}${secretOf(name) ? '' : `, and is ${shown(given[name])}`}.`);
    }
    throw new ConfigError(problems);
  }
  problems.push(...contradictions(parsed.data));
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

/**
 * What the environment and the `.env` file in this folder hold that looks like a mistake: variables that only resemble one of
 * ours and may be somebody else's, lines without a variable, an address of a model endpoint that is probably incomplete. None
 * of it stops a start.
 *
 * @throws {ConfigError} when `.env` cannot be read
 */
export function configWarnings(env: Environment, folder: string): string[] {
  const file = readEnvFile(folder);
  const all = { ...file.variables, ...env };
  const given = givenIn(all);
  const url = modelUrl.safeParse(given['LLM_BASE_URL']).data;
  const aboutModel = url === undefined ? undefined : warningOfModelUrl(url);
  const tooLate = readByNode.filter((name) => name in file.variables && env[name] === undefined);
  const untrimmed = variableNames.filter((name) => given[name] !== undefined && all[name]?.trim() !== all[name]);
  return [
    ...file.warnings,
    ...tooLate.map((name) => `${name} has no effect in .env: Node reads it before that. Set it in the environment.`),
    ...untrimmed.map((name) => `${name} is used without the blanks or line ends around it; take them out.`),
    ...misspelled(Object.keys(given)),
    ...(aboutModel === undefined ? [] : [aboutModel]),
  ];
}

/**
 * The environment for a reload.
 *
 * @param now as it is read now
 * @param atStart as it was at the start of the primary
 * @returns `environment` with what a reload cannot change as it was, and the names of what was to be changed of it
 */
export function reloadable(now: Environment, atStart: Environment) {
  const ignored = atStartOnly.filter((name) => (now[name] ?? '').trim() !== (atStart[name] ?? '').trim());
  const kept = Object.fromEntries(atStartOnly.map((name) => [name, atStart[name]]));
  return { environment: { ...now, ...kept }, ignored };
}

/**
 * The variables of this service, as its children get them: they read no `.env` of their own, or one that is started later would
 * run another configuration than its siblings.
 */
export function variablesIn(env: Environment): Readonly<Record<string, string>> {
  const given = givenIn(env);
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(variables, name)));
}

/** Without empty variables, as `HTTP_PORT=` in a compose file, and without the line end that a Secret of Kubernetes may have. */
function givenIn(env: Environment): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const trimmed = value?.trim() ?? '';
    if (trimmed !== '' && !isServiceLink(name, trimmed)) given[name] = trimmed;
  }
  // As in curl, the lower case takes precedence.
  for (const name of proxyVariables) {
    const lower = given[name.toLowerCase()];
    if (lower !== undefined) given[name] = lower;
  }
  return given;
}

/** A refused value, without the password or key that an address may contain. */
function shown(value: string | undefined): string {
  return JSON.stringify((value ?? '').replace(/\/\/[^/\s]*@/, '//…@').replace(/\?.*/s, '?…'));
}

/** Undefined: it contains none. */
function secretOf(name: string): Variable['secret'] {
  const known: Readonly<Record<string, Variable>> = variables;
  return Object.hasOwn(known, name) ? known[name]?.secret : undefined;
}

function contradictions(raw: Raw): string[] {
  const problems: string[] = [];
  if (raw.HTTP_PROCESSES === 0 && raw.WORKER_PROCESSES === 0) {
    problems.push('HTTP_PROCESSES and WORKER_PROCESSES are both 0, which leaves nothing to run. Set one of them.');
  }
  if (raw.HTTP_PROCESSES > 0 && raw.HTTP_PORT === raw.METRICS_PORT) {
    problems.push(`HTTP_PORT and METRICS_PORT are both ${raw.HTTP_PORT}. Give them different ports.`);
  }
  if (raw.REDIS_SENTINEL_PASSWORD !== undefined && !/^rediss?\+sentinel:/.test(raw.REDIS_URL ?? '')) {
    problems.push(
      'REDIS_SENTINEL_PASSWORD is set, but REDIS_URL names no sentinels. Set REDIS_URL to redis+sentinel://…, or unset the password.',
    );
  }
  if (raw.LLM_BASE_URL !== undefined && raw.LLM_MODEL === undefined) {
    problems.push('LLM_BASE_URL is set, but LLM_MODEL is not. Name the model, or unset both for extractive notes.');
  }
  if (raw.CHILD_HUNG_MS <= raw.CHILD_STALE_MS) {
    problems.push(`CHILD_HUNG_MS (${raw.CHILD_HUNG_MS}) must be more than CHILD_STALE_MS (${raw.CHILD_STALE_MS}).`);
  }
  if (raw.NODE_ENV === 'production' && raw.TENANTS_FILE === undefined) {
    problems.push(
      'NODE_ENV is production, and the demo tenants have well-known secrets. Set TENANTS_FILE (docs/tenants.md).',
    );
  }
  return problems;
}

function toConfig(raw: Raw): Config {
  return Object.fromEntries(variableNames.map((name) => [fields[name], raw[name]])) as Config;
}

type Value = Config[keyof Config];

/** The secrets in it, by the marks in `variables`. */
export function secretsOf(config: Config): string[] {
  return variableNames.flatMap((name) => {
    const value = config[fields[name]];
    const part = secretOf(name);
    return value === undefined || part === undefined ? [] : secretsIn(value, part);
  });
}

function secretsIn(value: NonNullable<Value>, part: NonNullable<Variable['secret']>): string[] {
  if (typeof value === 'object') return Object.values(value);
  if (part === 'all') return [`${value}`];
  // `new URL` does not parse the list of a cluster's nodes.
  const password = /^[\w+]+:\/\/[^/@:]*:([^/]*)@/.exec(`${value}`)?.[1] ?? '';
  return password === '' ? [] : [password, decoded(password)];
}

/** Unchanged if it is not, or not correctly, percent-encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The configuration by variable, as it may be shown: for secrets, whether they are set. */
export function publicConfig(config: Config): Readonly<Record<VariableName, string | number>> {
  const shown = variableNames.map((name) => [name, asShown(config[fields[name]], secretOf(name) !== undefined)]);
  return Object.fromEntries(shown) as Record<VariableName, string | number>;
}

function asShown(value: Value, secret: boolean): string | number {
  if (value === undefined) return 'not set';
  if (secret) return 'set';
  if (typeof value !== 'object') return value;
  return isList(value) ? value.join(',') : asPairs(value);
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: NonNullable<Value> & object): value is readonly string[] {
  return Array.isArray(value);
}

/** As in the variable, except for the encoding. */
function asPairs(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

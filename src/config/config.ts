import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { isServiceLink, misspelled } from './misspelled.js';
import { type VariableName, variables } from './variables.js';

/** The configuration of one instance. Durations are milliseconds, as their names say. */
export interface Config {
  readonly httpHost: string;
  readonly httpPort: number;
  readonly httpProcesses: number;
  readonly metricsHost: string;
  readonly metricsPort: number;
  readonly workerProcesses: number;
  readonly workerConcurrency: number;
  readonly tenantsFile: string | undefined;
  /** Undefined: the primary runs a Redis of its own. */
  readonly redisUrl: string | undefined;
  /** Absolute. */
  readonly dataDir: string;
  readonly contextTimeoutMs: number;
  readonly llmBaseUrl: string | undefined;
  readonly llmApiKey: string | undefined;
  readonly llmModel: string | undefined;
  readonly llmTimeoutMs: number;
  readonly jobTimeoutMs: number;
  readonly jobAttempts: number;
  readonly logLevel: Raw['LOG_LEVEL'];
  readonly shutdownTimeoutMs: number;
  readonly scrapeTimeoutMs: number;
  readonly childStaleMs: number;
  readonly childHungMs: number;
  readonly metricsMaxLabelSets: number;
  readonly metricsBearerToken: string | undefined;
  readonly adminToken: string | undefined;
  /** Undefined: nothing is traced. */
  readonly otlpEndpoint: string | undefined;
  readonly otlpHeaders: Readonly<Record<string, string>> | undefined;
  readonly otelServiceName: string;
  readonly otelResourceAttributes: Readonly<Record<string, string>> | undefined;
  readonly tracesSampler: Raw['OTEL_TRACES_SAMPLER'];
  /** 0 to 1. */
  readonly tracesSamplerRatio: number;
  readonly production: boolean;
}

/** Everything that is wrong with the configuration, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'CONFIG_INVALID';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What a `.env` file in this folder adds to the environment, which wins over it. */
export function withEnvFile(env: Environment, folder: string): Environment {
  const file = resolve(folder, '.env');
  if (!existsSync(file)) return env;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
  return { ...parseEnv(text), ...env };
}

const schema = z.object(
  Object.fromEntries(Object.entries(variables).map(([name, { schema: one }]) => [name, one])) as {
    [Name in VariableName]: (typeof variables)[Name]['schema'];
  },
);

type Raw = z.output<typeof schema>;

/**
 * Reads the configuration.
 *
 * @throws {ConfigError} which names every problem at once
 */
export function loadConfig(env: Environment): Config {
  // `HTTP_PORT=` in a compose file means that nothing was given.
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value !== undefined && value !== '' && !isServiceLink(name, value)),
  );
  const problems = misspelled(Object.keys(given));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      const name = String(path[0]);
      problems.push(`${name} ${message}${isSecret(name) ? '' : `, and is ${shown(given[name])}`}.`);
    }
    throw new ConfigError(problems);
  }
  problems.push(...contradictions(parsed.data));
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

/** A value that was refused, without the password or key that an address may hold. */
function shown(value: string | undefined): string {
  return JSON.stringify((value ?? '').replace(/\/\/[^/\s]*@/, '//…@').replace(/\?.*/s, '?…'));
}

function isSecret(name: string): boolean {
  return name in variables && 'secret' in variables[name as VariableName];
}

function contradictions(raw: Raw): string[] {
  const problems: string[] = [];
  if (raw.HTTP_PROCESSES === 0 && raw.WORKER_PROCESSES === 0) {
    problems.push('HTTP_PROCESSES and WORKER_PROCESSES are both 0, which leaves nothing to run. Set one of them.');
  }
  if (raw.HTTP_PROCESSES > 0 && raw.HTTP_PORT === raw.METRICS_PORT) {
    problems.push(`HTTP_PORT and METRICS_PORT are both ${raw.HTTP_PORT}. Give them different ports.`);
  }
  if (raw.LLM_BASE_URL !== undefined && raw.LLM_MODEL === undefined) {
    problems.push('LLM_BASE_URL is set, but LLM_MODEL is not. Name the model, or unset both for extractive notes.');
  }
  if (raw.CHILD_HUNG_MS <= raw.CHILD_STALE_MS) {
    problems.push(`CHILD_HUNG_MS (${raw.CHILD_HUNG_MS}) must be more than CHILD_STALE_MS (${raw.CHILD_STALE_MS}).`);
  }
  if (raw.NODE_ENV === 'production' && raw.TENANTS_FILE === undefined) {
    problems.push(
      'NODE_ENV is production, and the demo tenants have secrets that everybody knows. Set TENANTS_FILE (docs/tenants.md).',
    );
  }
  return problems;
}

function toConfig(raw: Raw): Config {
  return {
    httpHost: raw.HTTP_HOST,
    httpPort: raw.HTTP_PORT,
    httpProcesses: raw.HTTP_PROCESSES,
    metricsHost: raw.METRICS_HOST,
    metricsPort: raw.METRICS_PORT,
    workerProcesses: raw.WORKER_PROCESSES,
    workerConcurrency: raw.WORKER_CONCURRENCY,
    tenantsFile: raw.TENANTS_FILE === undefined ? undefined : resolve(raw.TENANTS_FILE),
    redisUrl: raw.REDIS_URL,
    dataDir: resolve(raw.DATA_DIR),
    contextTimeoutMs: raw.CONTEXT_TIMEOUT_MS,
    llmBaseUrl: raw.LLM_BASE_URL,
    llmApiKey: raw.LLM_API_KEY,
    llmModel: raw.LLM_MODEL,
    llmTimeoutMs: raw.LLM_TIMEOUT_MS,
    jobTimeoutMs: raw.JOB_TIMEOUT_MS,
    jobAttempts: raw.JOB_ATTEMPTS,
    logLevel: raw.LOG_LEVEL,
    shutdownTimeoutMs: raw.SHUTDOWN_TIMEOUT_MS,
    scrapeTimeoutMs: raw.SCRAPE_TIMEOUT_MS,
    childStaleMs: raw.CHILD_STALE_MS,
    childHungMs: raw.CHILD_HUNG_MS,
    metricsMaxLabelSets: raw.METRICS_MAX_LABEL_SETS,
    metricsBearerToken: raw.METRICS_BEARER_TOKEN,
    adminToken: raw.ADMIN_TOKEN,
    otlpEndpoint: raw.OTEL_EXPORTER_OTLP_ENDPOINT,
    otlpHeaders: raw.OTEL_EXPORTER_OTLP_HEADERS,
    otelServiceName: raw.OTEL_SERVICE_NAME,
    otelResourceAttributes: raw.OTEL_RESOURCE_ATTRIBUTES,
    tracesSampler: raw.OTEL_TRACES_SAMPLER,
    tracesSamplerRatio: raw.OTEL_TRACES_SAMPLER_ARG,
    production: raw.NODE_ENV === 'production',
  };
}

/** The secrets in it. */
export function secretsOf({ llmApiKey, metricsBearerToken, adminToken, redisUrl, otlpHeaders }: Config): string[] {
  // Not by `new URL`, which takes no list of a cluster's nodes.
  const password = /^rediss?(?:\+cluster)?:\/\/[^/@]*?:([^/]*)@/.exec(redisUrl ?? '')?.[1] ?? '';
  const all = [
    llmApiKey,
    metricsBearerToken,
    adminToken,
    password,
    decoded(password),
    ...Object.values(otlpHeaders ?? {}),
  ];
  return all.filter((one) => one !== undefined);
}

/** Undefined: it is not percent-encoded, or not rightly. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The configuration as it may be shown: secrets by whether they are set. */
export function publicConfig(config: Config): Readonly<Record<string, string | number | boolean>> {
  const hidden = ['llmApiKey', 'metricsBearerToken', 'adminToken', 'redisUrl', 'otlpHeaders'];
  const values: [string, Config[keyof Config]][] = Object.entries(config);
  return Object.fromEntries(
    values.map(([name, value]) => {
      if (value === undefined) return [name, 'not set'];
      if (hidden.includes(name)) return [name, 'set'];
      return [name, typeof value === 'object' ? asPairs(value) : value];
    }),
  );
}

/** As the variable has it, but for the encoding. */
function asPairs(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

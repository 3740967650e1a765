import { z } from 'zod';
import { ConfigError } from './config-error.js';
import { type Environment, variablesSet } from './environment.js';
import { secretPartOf, type VariableName, variableNames, variables } from './variables.js';

/** The field of {@link Config} for each variable. */
export const fields = {
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

/** The configuration of one instance, as `variables` defines it. Durations are milliseconds. */
export type Config = { readonly [Name in VariableName as (typeof fields)[Name]]: Raw[Name] };

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
  const given = variablesSet(env);
  const problems: string[] = [];
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      const name = String(path[0]);
      problems.push(`${name} ${message}${secretPartOf(name) ? '' : `, and is ${shown(given[name])}`}.`);
    }
    throw new ConfigError(problems);
  }
  problems.push(...contradictions(parsed.data));
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data);
}

/** A refused value, without the password or key that an address may contain. */
function shown(value: string | undefined): string {
  return JSON.stringify((value ?? '').replace(/\/\/[^/\s]*@/, '//…@').replace(/\?.*/s, '?…'));
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

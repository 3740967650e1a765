import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { bareValue, usedBare } from './bare-value.js';
import { ConfigError } from './config-error.js';
import { type EnvFile, parseEnvFile } from './env-file.js';
import { isServiceLink, misspelled } from './misspelled.js';
import { warningOfModelUrl } from './model-url.js';
import { readTextFileSync, TextFileError } from './text-file.js';
import { atStartOnly, type VariableName, variableNames, variables } from './variables.js';

/** The variables of the environment and of `.env`, before they are validated. */
export type Environment = Readonly<Record<string, string | undefined>>;

const largestEnvFileBytes = 1024 * 1024;

/**
 * Adds the variables of the folder's `.env` file to an environment, which takes precedence.
 *
 * @throws {ConfigError} when `.env` cannot be read
 */
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

/**
 * The variables that are set. An empty one counts as not set, because a compose file passes `HTTP_PORT=` for it. Blanks, line
 * ends and quotation marks around a value are removed, because a Kubernetes Secret often ends with a line end.
 */
export function variablesSet(env: Environment): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const bare = bareValue(value ?? '');
    if (bare !== '' && !isServiceLink(name, bare)) given[name] = bare;
  }
  // As in curl, the lower case takes precedence.
  for (const name of proxyVariables) {
    const lower = given[name.toLowerCase()];
    if (lower !== undefined) given[name] = lower;
  }
  return given;
}

/** Variables that are by convention also written in lower case. */
const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'] as const satisfies readonly VariableName[];

/** Node reads these when it starts, which is before this service reads `.env`. */
const readByNode = ['NODE_EXTRA_CA_CERTS', 'NODE_OPTIONS', 'NODE_TLS_REJECT_UNAUTHORIZED', 'UV_THREADPOOL_SIZE'];

const modelUrl = variables.LLM_BASE_URL.schema;

/**
 * Finds probable mistakes, which do not stop a start: variables that only resemble one of ours, lines of `.env` without a
 * variable, variables that have no effect in `.env`, an address of a model endpoint that is probably incomplete.
 *
 * @param folder the one with the `.env` file
 * @returns a sentence for each
 * @throws {ConfigError} when `.env` cannot be read
 */
export function configWarnings(env: Environment, folder: string): string[] {
  const file = readEnvFile(folder);
  const all = { ...file.variables, ...env };
  const given = variablesSet(all);
  const url = modelUrl.safeParse(given['LLM_BASE_URL']).data;
  const aboutModel = url === undefined ? undefined : warningOfModelUrl(url);
  const tooLate = readByNode.filter((name) => name in file.variables && env[name] === undefined);
  const stripped = variableNames.filter((name) => {
    const written = all[name];
    return given[name] !== undefined && written !== undefined && bareValue(written) !== written;
  });
  return [
    ...file.warnings,
    ...tooLate.map((name) => `${name} has no effect in .env: Node reads it before that. Set it in the environment.`),
    ...stripped.map((name) => `${name} ${usedBare}`),
    ...misspelled(Object.keys(given)),
    ...(aboutModel === undefined ? [] : [aboutModel]),
  ];
}

/**
 * The environment for a reload. Some variables change only at a restart: they keep the value of the start.
 *
 * @param now the environment as it is read now
 * @param atStart the environment at the start of the primary
 * @returns `ignored`: the names of variables that have changed and keep their former value
 */
export function reloadable(now: Environment, atStart: Environment) {
  const ignored = atStartOnly.filter((name) => bareValue(now[name] ?? '') !== bareValue(atStart[name] ?? ''));
  const kept = Object.fromEntries(atStartOnly.map((name) => [name, atStart[name]]));
  return { environment: { ...now, ...kept }, ignored };
}

/**
 * The variables of this service, which children get from the primary. If children read them from `.env` themselves, a child
 * that starts later would run another configuration than its siblings.
 */
export function variablesIn(env: Environment): Readonly<Record<string, string>> {
  const given = variablesSet(env);
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(variables, name)));
}

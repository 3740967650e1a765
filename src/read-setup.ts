import { type Config, loadConfig } from './config/config.js';
import { type Environment, variablesIn, withEnvFile } from './config/environment.js';
import { publicConfig, secretsOf } from './config/public-config.js';
import { neverShow } from './logging/known-secrets.js';
import type { Setup } from './primary/setup.js';
import { resolveTenants } from './tenants/index.js';
import { readTenantsDocument } from './tenants/tenants-file.js';

/** Reads environment, `.env` and tenants, at the start and at each reload. */

/** @throws {ConfigError} */
export function readEnvironment(): Environment {
  return withEnvFile(process.env, process.cwd());
}

/** Also registers its secrets for redaction. @throws {ConfigError} */
export function readConfig(environment: Environment): Config {
  const config = loadConfig(environment);
  neverShow(secretsOf(config));
  return config;
}

/** @throws {ConfigError | TenantsError} if a child could not start with it */
export function readSetup(environment: Environment, onWarning: (sentence: string) => void): Setup {
  const config = readConfig(environment);
  const document = readTenantsDocument(config.tenantsFile);
  const tenants = resolveTenants(document, undefined, onWarning).all();
  return {
    config: publicConfig(config),
    logLevel: config.logLevel,
    variables: variablesIn(environment),
    document,
    tenants: tenants.map(({ id, name, active, desk }) => ({ id, name, active, localDesk: desk.isLocal })),
  };
}

import { type Config, configWarnings, loadConfig, withEnvFile } from '../config/config.js';
import { readTenantsDocument, resolveTenants, type Tenant, type Tenants } from '../tenants/index.js';
import { CliError } from './cli-error.js';

/** The configuration, as the service in this folder with this environment has it. @throws {ConfigError} */
export function readConfig(): Config {
  return loadConfig(withEnvFile(process.env, process.cwd()));
}

/** What in it looks like a mistake and stops nothing. */
export function readConfigWarnings(): readonly string[] {
  return configWarnings(withEnvFile(process.env, process.cwd()));
}

/** @throws {TenantsError} */
export function readTenants(config: Config): Tenants {
  return resolveTenants(readTenantsDocument(config.tenantsFile));
}

/** @throws {CliError} NOT_FOUND, which names those that there are */
export function findTenant(tenants: Tenants, id: string): Tenant {
  const tenant = tenants.get(id);
  if (tenant !== undefined) return tenant;
  const known = tenants.all().map((one) => one.id);
  throw new CliError('NOT_FOUND', 'notFound', `There is no tenant ${id}; there are ${known.join(', ')}.`);
}

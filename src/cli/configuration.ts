import { type Config, loadConfig } from '../config/config.js';
import { configWarnings, withEnvFile } from '../config/environment.js';
import { resolveTenants, type Tenant, type Tenants } from '../tenants/index.js';
import { readTenantsDocument } from '../tenants/tenants-file.js';
import { nearestTo } from '../config/nearest.js';
import { CliError } from './cli-error.js';
import { formatNumber } from './quantities.js';
import { printable } from './text-table.js';

/** The configuration of a service with this environment in this folder. @throws {ConfigError} */
export function readConfig(): Config {
  return loadConfig(withEnvFile(process.env, process.cwd()));
}

/** Warnings of probable mistakes in it. */
export function readConfigWarnings(): readonly string[] {
  return configWarnings(process.env, process.cwd());
}

/** @throws {TenantsError} */
export function readTenants(config: Config): Tenants {
  return resolveTenants(readTenantsDocument(config.tenantsFile));
}

/** @throws {CliError} NOT_FOUND, with a suggestion */
export function findTenant(tenants: Tenants, id: string): Tenant {
  const tenant = tenants.get(id);
  if (tenant !== undefined) return tenant;
  throw unknownTenant(
    id,
    tenants.all().map((one) => one.id),
  );
}

/**
 * For a command that found no jobs of this tenant: refuses a tenant that is not configured. Not called if jobs were found,
 * because a tenant that was removed may still have some.
 *
 * @throws {CliError} NOT_FOUND; not if the tenants file cannot be read, which need not be on this machine
 */
export function refuseUnknownTenant(config: Pick<Config, 'tenantsFile'>, id: string): void {
  let ids: readonly string[];
  try {
    ids = readTenantsDocument(config.tenantsFile).tenants.map((one) => one.id);
  } catch {
    return;
  }
  if (!ids.includes(id)) throw unknownTenant(id, ids);
}

/** Tenants that a suggestion lists. */
const namedAtMost = 10;

function unknownTenant(id: string, known: readonly string[]): CliError {
  const [nearest, distance] = nearestTo(id.toLowerCase(), known);
  const isNear = distance <= Math.max(1, id.length / 3);
  const more = known.length > namedAtMost ? ` and ${formatNumber(known.length - namedAtMost)} more` : '';
  const hint = isNear ? `Did you mean ${nearest}?` : `There are ${known.slice(0, namedAtMost).join(', ')}${more}.`;
  return new CliError('NOT_FOUND', 'notFound', `There is no tenant ${printable(id)}. ${hint}`);
}

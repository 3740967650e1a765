import { type Config, configWarnings, loadConfig, withEnvFile } from '../config/config.js';
import { readTenantsDocument, resolveTenants, type Tenant, type Tenants } from '../tenants/index.js';
import { nearestTo } from '../config/nearest.js';
import { CliError } from './cli-error.js';
import { formatNumber } from './quantities.js';
import { printable } from './table.js';

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

/** @throws {CliError} NOT_FOUND, with what was probably meant */
export function findTenant(tenants: Tenants, id: string): Tenant {
  const tenant = tenants.get(id);
  if (tenant !== undefined) return tenant;
  throw unknownTenant(
    id,
    tenants.all().map((one) => one.id),
  );
}

/**
 * For a command that found nothing of this tenant: whether it is configured at all. One that was removed may have jobs
 * left, so what is found is shown without this question.
 *
 * @throws {CliError} NOT_FOUND; not where the tenants file cannot be read, which need not be on this machine
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

/** More names than this are no help. */
const namedAtMost = 10;

function unknownTenant(id: string, known: readonly string[]): CliError {
  const [nearest, distance] = nearestTo(id.toLowerCase(), known);
  const isNear = distance <= Math.max(1, id.length / 3);
  const more = known.length > namedAtMost ? ` and ${formatNumber(known.length - namedAtMost)} more` : '';
  const hint = isNear ? `Did you mean ${nearest}?` : `There are ${known.slice(0, namedAtMost).join(', ')}${more}.`;
  return new CliError('NOT_FOUND', 'notFound', `There is no tenant ${printable(id)}. ${hint}`);
}

import type { Config } from '../config/config.js';
import type { publicConfig } from '../config/public-config.js';
import type { TenantSummary } from './status-reader.js';

/** What the start and each reload read. */
export interface Setup {
  /** Each variable with its value; secrets only as set or not set. */
  readonly config: ReturnType<typeof publicConfig>;
  /** A reload changes the log level of the primary, too. */
  readonly logLevel: Config['logLevel'];
  /** The environment variables of this service, `.env` included, for its children. */
  readonly variables: Readonly<Record<string, string>>;
  /** The tenants as configured, for its children. */
  readonly document: unknown;
  readonly tenants: readonly TenantSummary[];
}

import type { Config, publicConfig } from '../config/config.js';
import type { TenantSummary } from './status-reader.js';

/** What the start and each reload read. */
export interface Setup {
  /** As it may be shown. */
  readonly config: ReturnType<typeof publicConfig>;
  /** Of the primary, too: its log follows a reload. */
  readonly logLevel: Config['logLevel'];
  /** This service's environment variables, those of `.env` included, for its children. */
  readonly variables: Readonly<Record<string, string>>;
  /** The tenants as configured, for its children. */
  readonly document: unknown;
  readonly tenants: readonly TenantSummary[];
}

import { createHash } from 'node:crypto';

/** What children are started with. */
export interface Configuration {
  /** A short hash of the tenants' document: the same on every machine that has the same tenants. */
  readonly id: string;
  /** The validated document, which is sent to each child. */
  readonly tenants: unknown;
  /** The environment variables of this service. */
  readonly variables: Readonly<Record<string, string>>;
}

export function configurationOf(tenants: unknown, variables: Configuration['variables']): Configuration {
  return { id: createHash('sha256').update(JSON.stringify(tenants)).digest('hex').slice(0, 8), tenants, variables };
}

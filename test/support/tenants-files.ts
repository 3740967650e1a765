import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** The credential of {@link serviceDeskAt}. */
export const deskCredential = 'desk-secret';

/** A ServiceDesk Plus as the desk of a tenant. */
export const serviceDeskAt = (base_url: string) => ({
  type: 'servicedesk-plus',
  base_url,
  credential: 'env:DESK_CREDENTIAL',
  allow_private_network: true,
});

const secretVariable = (id: string): string => `SECRET_${id.toUpperCase().replaceAll('-', '_')}`;

/** Variables with what tenants of these ids, and their desks, are configured with. */
export const secretsOf = (...ids: readonly string[]): Record<string, string> => ({
  DESK_CREDENTIAL: deskCredential,
  ...Object.fromEntries(ids.map((id) => [secretVariable(id), `demo-secret-${id}`])),
});

/**
 * Writes a tenants file. Unless its entry has it otherwise, a tenant has the local desk, a note whether something is found or
 * not, and the secret that `postTicket` signs with.
 *
 * @returns the variables that lead to it
 */
export function writeTenants(
  folder: string,
  tenants: Readonly<Record<string, object>>,
  name = 'tenants.yaml',
): Record<string, string> {
  const file = join(folder, name);
  const entries = Object.entries(tenants).map(([id, own]) => ({
    id,
    name: id,
    webhook: { servicedesk_signature: { secrets: [`env:${secretVariable(id)}`] } },
    desk: { type: 'local' },
    notes: { when_nothing_found: 'short' },
    limits: { requests_per_minute: 1_000_000 },
    ...own,
  }));
  writeFileSync(file, stringify({ tenants: entries }, { aliasDuplicateObjects: false }));
  return { TENANTS_FILE: file, ...secretsOf(...Object.keys(tenants)) };
}

import { readConfig, refuseUnknownTenant } from '../configuration.js';
import type { Terminal } from '../terminal.js';

export interface ListOptions {
  readonly tenant?: string;
  readonly limit: number;
  readonly json?: true;
}

/** Jobs of one kind, how they are read and shown. */
export interface JobList<Found> {
  /** Of the jobs in a sentence. */
  readonly name: 'failed' | 'deferred';
  read(of: { readonly limit: number; readonly tenantId: string | undefined }): Promise<Found>;
  isEmpty(found: Found): boolean;
  toDocument(found: Found): object;
  toLines(found: Found, terminal: Terminal, nowMs: number): readonly string[];
}

/** Lists the jobs of all tenants or of one. */
export async function listJobs<Found>(
  { tenant, limit, json }: ListOptions,
  terminal: Terminal,
  list: JobList<Found>,
): Promise<void> {
  const found = await list.read({ limit, tenantId: tenant });
  const isEmpty = list.isEmpty(found);
  if (isEmpty && tenant !== undefined) refuseUnknownTenant(readConfig(), tenant);
  if (json) terminal.printJson(list.toDocument(found));
  else if (isEmpty) terminal.print(`No ${list.name} jobs${tenant === undefined ? '' : ` of ${tenant}`}.`);
  else for (const line of list.toLines(found, terminal, Date.now())) terminal.print(line);
}

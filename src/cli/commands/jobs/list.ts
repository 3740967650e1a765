import type { Command } from 'commander';
import { readConfig, refuseUnknownTenant } from '../../configuration.js';
import { countOption, explain, jsonOption } from '../../explain.js';
import type { Terminal } from '../../terminal.js';
import { tenantOption } from '../tenants.js';
import { where } from './queue.js';

/** A command that lists jobs of one kind, of all tenants or of one. */
export interface JobList<Found> {
  /** Of the command, and of the jobs in a sentence. */
  readonly name: 'failed' | 'deferred';
  readonly description: string;
  readonly details?: string;
  read(of: { readonly limit: number; readonly tenantId: string | undefined }): Promise<Found>;
  isEmpty(found: Found): boolean;
  toDocument(found: Found): object;
  toLines(found: Found, terminal: Terminal, nowMs: number): readonly string[];
}

export function addJobList<Found>(jobs: Command, terminal: Terminal, list: JobList<Found>): void {
  interface Options {
    readonly tenant?: string;
    readonly limit: number;
    readonly json?: true;
  }
  const { name, description, details } = list;
  const command = jobs
    .command(name)
    .description(description)
    .addOption(tenantOption('of one tenant'))
    .addOption(countOption('--limit <n>', 'at most so many jobs', 20))
    .addOption(jsonOption())
    .action(async ({ tenant, limit, json }: Options) => {
      const found = await list.read({ limit, tenantId: tenant });
      const isEmpty = list.isEmpty(found);
      if (isEmpty && tenant !== undefined) refuseUnknownTenant(readConfig(), tenant);
      if (json) terminal.printJson(list.toDocument(found));
      else if (isEmpty) terminal.print(`No ${name} jobs${tenant === undefined ? '' : ` of ${tenant}`}.`);
      else for (const line of list.toLines(found, terminal, Date.now())) terminal.print(line);
    });
  const example = `npx ticket-enhancer jobs ${name}`;
  explain(command, {
    details: details === undefined ? where : `${where}\n${details}`,
    examples: [example, `${example} --tenant acme --limit 5 --json`],
    exits: ['ok', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
}

import type { Command } from 'commander';
import { readConfig, refuseUnknownTenant } from '../../configuration.js';
import { countOption, explain, jsonOption } from '../../explain.js';
import { formatDuration } from '../../quantities.js';
import type { Terminal } from '../../terminal.js';
import { tenantOption } from '../tenants.js';

/** What is asked for. */
export interface ListedJobs {
  readonly limit: number;
  /** Undefined: of any tenant. */
  readonly tenantId: string | undefined;
}

/** A command that lists jobs of one kind. */
export interface JobList<Found> {
  /** Names the command and the kind. */
  readonly kind: 'deferred' | 'failed';
  readonly description: string;
  readonly details: string;
  readonly read: (which: ListedJobs) => Promise<Found>;
  readonly isEmpty: (found: Found) => boolean;
  /** For `--json`. */
  readonly document: (found: Found) => object;
  readonly lines: (found: Found, terminal: Pick<Terminal, 'paint' | 'columns'>, nowMs: number) => readonly string[];
}

export function addJobList<Found>(jobs: Command, terminal: Terminal, list: JobList<Found>): void {
  const { kind } = list;
  interface Options {
    readonly tenant?: string;
    readonly limit: number;
    readonly json?: true;
  }
  const command = jobs
    .command(kind)
    .description(list.description)
    .addOption(tenantOption('of one tenant'))
    .addOption(countOption('--limit <n>', 'at most so many jobs', 20))
    .addOption(jsonOption())
    .action(async ({ tenant, limit, json }: Options) => {
      const found = await list.read({ limit, tenantId: tenant });
      const isEmpty = list.isEmpty(found);
      if (isEmpty && tenant !== undefined) refuseUnknownTenant(readConfig(), tenant);
      if (json) terminal.printJson(list.document(found));
      else if (isEmpty) terminal.print(`No ${kind} jobs${tenant === undefined ? '' : ` of ${tenant}`}.`);
      else for (const line of list.lines(found, terminal, Date.now())) terminal.print(line);
    });
  explain(command, {
    details: list.details,
    examples: [`npx ticket-enhancer jobs ${kind}`, `npx ticket-enhancer jobs ${kind} --tenant acme --limit 5 --json`],
    exits: ['ok', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
}

/** A time between two moments, in whole seconds. */
export function formatMs(ms: number): string {
  return formatDuration(Math.max(0, Math.round(ms / 1000)));
}

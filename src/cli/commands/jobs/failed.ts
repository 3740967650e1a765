import type { Command } from 'commander';
import type { FailedJob } from '../../../queue/failed-job.js';
import { readConfig, refuseUnknownTenant } from '../../configuration.js';
import { countOption, explain, jsonOption } from '../../explain.js';
import { formatDuration } from '../../quantities.js';
import { printable, table } from '../../table.js';
import type { Terminal } from '../../terminal.js';
import { tenantOption } from '../tenants.js';
import { where, withJobs } from './queue.js';

export function addFailed(jobs: Command, terminal: Terminal): void {
  interface Options {
    readonly tenant?: string;
    readonly limit: number;
    readonly json?: true;
  }
  const command = jobs
    .command('failed')
    .description('list jobs that failed for good, newest first')
    .addOption(tenantOption('of one tenant'))
    .addOption(countOption('--limit <n>', 'at most so many', 20))
    .addOption(jsonOption())
    .action(async ({ tenant, limit, json }: Options) => {
      const failed = await withJobs((operations) => operations.failed({ limit, tenantId: tenant }));
      if (failed.length === 0 && tenant !== undefined) refuseUnknownTenant(readConfig(), tenant);
      if (json) terminal.printJson({ jobs: failed.map(toDocument) });
      else if (failed.length === 0) terminal.print(`No failed jobs${tenant === undefined ? '' : ` of ${tenant}`}.`);
      else for (const line of failedTable(failed, terminal, Date.now())) terminal.print(line);
    });
  explain(command, {
    details: where,
    examples: ['npx ticket-enhancer jobs failed', 'npx ticket-enhancer jobs failed --tenant acme --limit 5 --json'],
    exits: ['ok', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
}

function toDocument({ id, tenantId, ticketId, attempts, reason, finishedAt }: FailedJob) {
  return { id, tenant_id: tenantId, ticket_id: ticketId, attempts, reason, failed_at: finishedAt };
}

function failedTable(
  failed: readonly FailedJob[],
  { paint, columns }: Pick<Terminal, 'paint' | 'columns'>,
  nowMs: number,
): string[] {
  const heads = [
    { head: 'ID' },
    { head: 'TENANT' },
    { head: 'TICKET' },
    { head: 'ATTEMPTS', align: 'right' },
    { head: 'WHEN', align: 'right' },
    { head: 'REASON' },
  ] as const;
  const rows = failed.map((job) => [
    job.id,
    printable(job.tenantId),
    printable(job.ticketId),
    String(job.attempts),
    `${formatDuration(Math.max(0, Math.round((nowMs - Date.parse(job.finishedAt)) / 1000)))} ago`,
    printable(job.reason),
  ]);
  return table(heads, rows, paint, columns);
}

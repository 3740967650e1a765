import type { Command } from 'commander';
import type { FailedJob } from '../../../queue/failed-job.js';
import { printable, table } from '../../table.js';
import type { Terminal } from '../../terminal.js';
import { addJobList, formatMs } from './list.js';
import { where, withJobs } from './queue.js';

export function addFailed(jobs: Command, terminal: Terminal): void {
  addJobList<readonly FailedJob[]>(jobs, terminal, {
    kind: 'failed',
    description: 'list jobs that failed for good, newest first',
    details: where,
    read: (which) => withJobs((operations) => operations.failed(which)),
    isEmpty: (failed) => failed.length === 0,
    document: (failed) => ({ jobs: failed.map(toDocument) }),
    lines: failedTable,
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
    `${formatMs(nowMs - Date.parse(job.finishedAt))} ago`,
    printable(job.reason),
  ]);
  return table(heads, rows, paint, columns);
}

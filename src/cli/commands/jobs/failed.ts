import type { Command } from 'commander';
import type { FailedJob } from '../../../queue/failed-job.js';
import { formatAge } from '../../quantities.js';
import { type Column, printable, table } from '../../table.js';
import type { Terminal } from '../../terminal.js';
import { addJobList } from './list.js';
import { withJobs } from './queue.js';

export function addFailed(jobs: Command, terminal: Terminal): void {
  addJobList<readonly FailedJob[]>(jobs, terminal, {
    name: 'failed',
    description: 'list jobs that failed for good, newest first',
    read: (of) => withJobs((operations) => operations.failed(of)),
    isEmpty: (failed) => failed.length === 0,
    toDocument: (failed) => ({ jobs: failed.map(toDocument) }),
    toLines: (failed, { paint, columns }, nowMs) => table(columnsAt(nowMs), failed, paint, columns),
  });
}

function toDocument({ id, tenantId, ticketId, attempts, reason, finishedAt }: FailedJob) {
  return { id, tenant_id: tenantId, ticket_id: ticketId, attempts, reason, failed_at: finishedAt };
}

function columnsAt(nowMs: number): readonly Column<FailedJob>[] {
  return [
    { head: 'ID', cell: ({ id }) => id },
    { head: 'TENANT', cell: ({ tenantId }) => printable(tenantId) },
    { head: 'TICKET', cell: ({ ticketId }) => printable(ticketId) },
    { head: 'ATTEMPTS', align: 'right', cell: ({ attempts }) => String(attempts) },
    { head: 'WHEN', align: 'right', cell: ({ finishedAt }) => `${formatAge(nowMs - Date.parse(finishedAt))} ago` },
    { head: 'REASON', cell: ({ reason }) => printable(reason) },
  ];
}

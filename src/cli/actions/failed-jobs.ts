import type { FailedJob } from '../../queue/failed-job.js';
import { formatAge } from '../quantities.js';
import { type Column, printable, table } from '../text-table.js';
import type { Terminal } from '../terminal.js';
import { withJobs } from './job-access.js';
import { listJobs, type ListOptions } from './list-jobs.js';

export function listFailedJobs(options: ListOptions, terminal: Terminal): Promise<void> {
  return listJobs<readonly FailedJob[]>(options, terminal, {
    name: 'failed',
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

import type { DeferredGroup, DeferredJob, DeferredSummary } from '../../queue/deferred-jobs.js';
import { formatAge, formatNumber } from '../quantities.js';
import { type Column, printable, table } from '../text-table.js';
import type { Terminal } from '../terminal.js';
import { withDeferredJobs } from './job-access.js';
import { listJobs, type ListOptions } from './list-jobs.js';

interface Found extends DeferredSummary {
  readonly jobs: readonly DeferredJob[];
}

export function listDeferredJobs(options: ListOptions, terminal: Terminal): Promise<void> {
  return listJobs<Found>(options, terminal, {
    name: 'deferred',
    read: (of) =>
      withDeferredJobs(async (deferred) => {
        const [{ groups, isLowerBound }, listed] = await Promise.all([deferred.summary(), deferred.list(of)]);
        const { tenantId: wanted } = of;
        const chosen = groups.filter(({ tenantId }) => wanted === undefined || tenantId === wanted);
        return { groups: chosen, isLowerBound, jobs: listed };
      }),
    isEmpty: ({ groups }) => groups.length === 0,
    toDocument: ({ groups, isLowerBound, jobs: listed }) => ({
      groups: groups.map(groupDocument),
      is_lower_bound: isLowerBound,
      jobs: listed.map(jobDocument),
    }),
    toLines: ({ groups, isLowerBound, jobs: listed }, { paint, columns }, nowMs) => [
      ...table(groupColumns(isLowerBound, nowMs), groups, paint, columns),
      '',
      ...table(jobColumns(nowMs), listed, paint, columns),
    ],
  });
}

const atTime = (epochMs: number): string => new Date(epochMs).toISOString();

function groupDocument({ tenantId, reason, jobs, sinceMs, nextAtMs, message }: DeferredGroup) {
  const [since, next_at] = [atTime(sinceMs), atTime(nextAtMs)];
  return { tenant_id: tenantId, reason, jobs, since, next_at, message };
}

function jobDocument({ id, tenantId, ticketId, reason, message, sinceMs, untilMs, count }: DeferredJob) {
  const [since, next_at] = [atTime(sinceMs), atTime(untilMs)];
  return { id, tenant_id: tenantId, ticket_id: ticketId, reason, message, since, next_at, times: count };
}

function groupColumns(isLowerBound: boolean, nowMs: number): readonly Column<DeferredGroup>[] {
  const atLeast = isLowerBound ? 'at least ' : '';
  return [
    { head: 'TENANT', cell: ({ tenantId }) => printable(tenantId) },
    { head: 'REASON', cell: ({ reason }) => printable(reason) },
    { head: 'JOBS', align: 'right', cell: ({ jobs }) => `${atLeast}${formatNumber(jobs)}` },
    { head: 'SINCE', align: 'right', cell: ({ sinceMs }) => `${formatAge(nowMs - sinceMs)} ago` },
    { head: 'NEXT TRY', align: 'right', cell: ({ nextAtMs }) => `in ${formatAge(nextAtMs - nowMs)}` },
    { head: 'LAST ERROR', cell: ({ message }) => printable(message) },
  ];
}

function jobColumns(nowMs: number): readonly Column<DeferredJob>[] {
  return [
    { head: 'ID', cell: ({ id }) => id },
    { head: 'TENANT', cell: ({ tenantId }) => printable(tenantId) },
    { head: 'TICKET', cell: ({ ticketId }) => printable(ticketId) },
    { head: 'REASON', cell: ({ reason }) => printable(reason) },
    { head: 'TIMES', align: 'right', cell: ({ count }) => String(count) },
    { head: 'NEXT TRY', align: 'right', cell: ({ untilMs }) => `in ${formatAge(untilMs - nowMs)}` },
  ];
}

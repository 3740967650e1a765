import type { Command } from 'commander';
import type { DeferredGroup, DeferredJob, DeferredSummary } from '../../../queue/deferred-jobs.js';
import { formatNumber } from '../../quantities.js';
import { printable, table } from '../../table.js';
import type { Terminal } from '../../terminal.js';
import { addJobList, formatMs, type ListedJobs } from './list.js';
import { where, withDeferredJobs } from './queue.js';

interface Found extends DeferredSummary {
  readonly jobs: readonly DeferredJob[];
}

export function addDeferred(jobs: Command, terminal: Terminal): void {
  addJobList<Found>(jobs, terminal, {
    kind: 'deferred',
    description: 'list jobs that wait for something else: by tenant and reason, then one by one',
    details: `${where}\nA deferred job runs by itself when its reason has ended; docs/failures.md says what each reason means.`,
    read,
    isEmpty: ({ groups }) => groups.length === 0,
    document: toDocument,
    lines: deferredLines,
  });
}

async function read(which: ListedJobs): Promise<Found> {
  const { tenantId: wanted } = which;
  const [{ groups, isLowerBound }, jobs] = await withDeferredJobs((deferred) =>
    Promise.all([deferred.summary(), deferred.list(which)]),
  );
  return { groups: groups.filter(({ tenantId }) => wanted === undefined || tenantId === wanted), isLowerBound, jobs };
}

const atTime = (epochMs: number): string => new Date(epochMs).toISOString();

function toDocument({ groups, isLowerBound, jobs: listed }: Found) {
  return {
    groups: groups.map(({ tenantId, reason, jobs, sinceMs, nextAtMs, message }) => ({
      tenant_id: tenantId,
      reason,
      jobs,
      since: atTime(sinceMs),
      next_at: atTime(nextAtMs),
      message,
    })),
    is_lower_bound: isLowerBound,
    jobs: listed.map(jobDocument),
  };
}

function jobDocument({ id, tenantId, ticketId, reason, message, sinceMs, untilMs, count }: DeferredJob) {
  return {
    id,
    tenant_id: tenantId,
    ticket_id: ticketId,
    reason,
    message,
    since: atTime(sinceMs),
    next_at: atTime(untilMs),
    times: count,
  };
}

function deferredLines(
  { groups, isLowerBound, jobs: listed }: Found,
  { paint, columns }: Pick<Terminal, 'paint' | 'columns'>,
  nowMs: number,
): string[] {
  const groupHeads = [
    { head: 'TENANT' },
    { head: 'REASON' },
    { head: 'JOBS', align: 'right' },
    { head: 'SINCE', align: 'right' },
    { head: 'NEXT TRY', align: 'right' },
    { head: 'LAST WORDS' },
  ] as const;
  const jobHeads = [
    { head: 'ID' },
    { head: 'TENANT' },
    { head: 'TICKET' },
    { head: 'REASON' },
    { head: 'TIMES', align: 'right' },
    { head: 'NEXT TRY', align: 'right' },
  ] as const;
  const groupRow = ({ tenantId, reason, jobs, sinceMs, nextAtMs, message }: DeferredGroup) => [
    printable(tenantId),
    printable(reason),
    `${isLowerBound ? 'at least ' : ''}${formatNumber(jobs)}`,
    `${formatMs(nowMs - sinceMs)} ago`,
    `in ${formatMs(nextAtMs - nowMs)}`,
    printable(message),
  ];
  const jobRow = ({ id, tenantId, ticketId, reason, count, untilMs }: DeferredJob) => [
    id,
    printable(tenantId),
    printable(ticketId),
    printable(reason),
    String(count),
    `in ${formatMs(untilMs - nowMs)}`,
  ];
  return [
    ...table(groupHeads, groups.map(groupRow), paint, columns),
    '',
    ...table(jobHeads, listed.map(jobRow), paint, columns),
  ];
}

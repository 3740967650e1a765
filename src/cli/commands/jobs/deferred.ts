import type { Command } from 'commander';
import type { DeferredGroup, DeferredJob, DeferredSummary } from '../../../queue/deferred-jobs.js';
import { readConfig, refuseUnknownTenant } from '../../configuration.js';
import { countOption, explain, jsonOption } from '../../explain.js';
import { formatDuration, formatNumber } from '../../quantities.js';
import { printable, table } from '../../table.js';
import type { Terminal } from '../../terminal.js';
import { tenantOption } from '../tenants.js';
import { where, withDeferredJobs } from './queue.js';

export function addDeferred(jobs: Command, terminal: Terminal): void {
  interface Options {
    readonly tenant?: string;
    readonly limit: number;
    readonly json?: true;
  }
  const command = jobs
    .command('deferred')
    .description('list jobs that wait for something else: by tenant and reason, then one by one')
    .addOption(tenantOption('of one tenant'))
    .addOption(countOption('--limit <n>', 'at most so many jobs', 20))
    .addOption(jsonOption())
    .action(async ({ tenant, limit, json }: Options) => {
      const [{ groups, isLowerBound }, listed] = await withDeferredJobs((deferred) =>
        Promise.all([deferred.summary(), deferred.list({ limit, tenantId: tenant })]),
      );
      const chosen = {
        groups: groups.filter(({ tenantId }) => tenant === undefined || tenantId === tenant),
        isLowerBound,
      };
      if (chosen.groups.length === 0 && tenant !== undefined) refuseUnknownTenant(readConfig(), tenant);
      if (json) terminal.printJson({ ...summaryDocument(chosen), jobs: listed.map(jobDocument) });
      else for (const line of deferredLines(chosen, listed, tenant, terminal, Date.now())) terminal.print(line);
    });
  explain(command, {
    details: `${where}\nA deferred job runs by itself when its reason has ended; docs/failures.md says what each reason means.`,
    examples: ['npx ticket-enhancer jobs deferred', 'npx ticket-enhancer jobs deferred --tenant acme --limit 5 --json'],
    exits: ['ok', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
}

const atTime = (epochMs: number): string => new Date(epochMs).toISOString();

function summaryDocument({ groups, isLowerBound }: DeferredSummary) {
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
  { groups, isLowerBound }: DeferredSummary,
  listed: readonly DeferredJob[],
  tenant: string | undefined,
  { paint, columns }: Pick<Terminal, 'paint' | 'columns'>,
  nowMs: number,
): string[] {
  if (groups.length === 0) return [`No deferred jobs${tenant === undefined ? '' : ` of ${tenant}`}.`];
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
    `${seconds(nowMs - sinceMs)} ago`,
    `in ${seconds(nextAtMs - nowMs)}`,
    printable(message),
  ];
  const jobRow = ({ id, tenantId, ticketId, reason, count, untilMs }: DeferredJob) => [
    id,
    printable(tenantId),
    printable(ticketId),
    printable(reason),
    String(count),
    `in ${seconds(untilMs - nowMs)}`,
  ];
  return [
    ...table(groupHeads, groups.map(groupRow), paint, columns),
    '',
    ...table(jobHeads, listed.map(jobRow), paint, columns),
  ];
}

function seconds(ms: number): string {
  return formatDuration(Math.max(0, Math.round(ms / 1000)));
}

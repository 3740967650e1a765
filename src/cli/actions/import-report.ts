import { historyBounds } from '../../connectors/index.js';
import type { ImportResult, LeftOutTicket } from '../../history-import/index.js';
import { presentable } from '../../logging/describe-error.js';
import { formatNumber } from '../quantities.js';
import { printable } from '../text-table.js';
import type { Terminal } from '../terminal.js';

/** The parameters of one run of the command, and its result. */
export interface ImportReport {
  readonly tenantId: string;
  readonly since: Date;
  readonly dryRun: boolean;
  readonly result: ImportResult;
}

export function importDocument({ tenantId, since, dryRun, result: { counts, leftOut, ended } }: ImportReport) {
  return {
    tenant_id: tenantId,
    since: since.toISOString(),
    dry_run: dryRun,
    ended,
    ...counts,
    left_out_tickets: leftOut.map(({ ticket_id, reason }) => ({ ticket_id, reason: presentable(reason) })),
  };
}

export function importLines(report: ImportReport, { paint }: Pick<Terminal, 'paint'>): string[] {
  const { tenantId, since, dryRun, result } = report;
  const { looked_at, added, replaced, unchanged, left_out } = result.counts;
  const count = (name: string, value: number): string => `${paint('bold', name.padEnd(12))}${formatNumber(value)}`;
  return [
    `${dryRun ? 'Nothing was changed. ' : ''}${endOf(result.ended)}`,
    `${paint('bold', 'looked at'.padEnd(12))}${formatNumber(looked_at)} resolved tickets of ${tenantId} since ${since.toISOString()}`,
    count(dryRun ? 'would add' : 'added', added),
    count(dryRun ? 'would change' : 'replaced', replaced),
    count('unchanged', unchanged),
    count('left out', left_out),
    ...reasons(result.leftOut),
  ];
}

function endOf(ended: ImportResult['ended']): string {
  switch (ended) {
    case 'all':
      return 'All resolved tickets were read.';
    case 'limit':
      return 'The limit is reached: there may be more.';
    case 'full':
      return `The history is full: it keeps ${formatNumber(historyBounds.tickets)} tickets, and ${formatNumber(historyBounds.bytes / 2 ** 20)} MiB of them. Give a later --since for newer ones.`;
  }
}

/** Tickets of one reason that are named. */
const mostIds = 10;

function reasons(leftOut: readonly LeftOutTicket[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { ticket_id, reason } of leftOut) byReason.set(reason, [...(byReason.get(reason) ?? []), ticket_id]);
  return [...byReason].map(([reason, ids]) => {
    const more = ids.length > mostIds ? `, and ${formatNumber(ids.length - mostIds)} more` : '';
    return printable(presentable(`  ${reason}: ${ids.slice(0, mostIds).join(', ')}${more}`));
  });
}

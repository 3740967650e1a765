import type { JobOperations, JobView } from '../../queue/job-operations.js';
import type { JobSearch } from '../../queue/job-search.js';
import { longestLook } from '../../queue/scan-bound.js';
import { CliError } from '../cli-error.js';
import { readConfig, refuseUnknownTenant } from '../configuration.js';
import { formatAge, formatNumber } from '../quantities.js';
import { type Column, printable, table } from '../text-table.js';
import type { Paint, Terminal } from '../terminal.js';
import { withJobs } from './job-access.js';

/** Jobs of one ticket that are shown. */
const shownAtMost = 20;

export interface ShowOptions {
  readonly tenant?: string;
  readonly text?: true;
  readonly json?: true;
}

export async function showJob(id: string, { tenant, text, json }: ShowOptions, terminal: Terminal): Promise<void> {
  const withText = text === true;
  const { job, found } = await withJobs(async (operations) => {
    const job = await operations.find(id);
    return job === undefined ? { job, found: await ofTicket(operations, id, tenant) } : { job, found: undefined };
  });
  if (job !== undefined) {
    if (json) terminal.printJson(jobDocument(job, withText));
    else for (const line of jobLines(job, withText, terminal)) terminal.print(line);
    return;
  }
  const {
    jobs: [newest, ...others],
    notLookedAt,
  } = found;
  if (newest === undefined) {
    if (tenant !== undefined) refuseUnknownTenant(readConfig(), tenant);
    throw notFound(id, tenant, notLookedAt);
  }
  if (json) {
    const documents = [newest, ...others].map((one) => jobDocument(one, withText));
    terminal.printJson({ jobs: documents, not_looked_at: notLookedAt });
    return;
  }
  const lines =
    others.length === 0
      ? jobLines(newest, withText, terminal)
      : jobTable([newest, ...others], withText, terminal, Date.now());
  for (const line of lines) terminal.print(line);
  if (notLookedAt > 0) terminal.note(`${searchCut(notLookedAt)}, so there may be older jobs of ${printable(id)}.`);
}

interface Found {
  readonly jobs: readonly JobView[];
  readonly notLookedAt: number;
}

async function ofTicket(
  operations: JobOperations & { readonly search: JobSearch },
  id: string,
  tenant: string | undefined,
): Promise<Found> {
  const { jobIds, notLookedAt } = await operations.search.find(id);
  const jobs: JobView[] = [];
  for (const jobId of jobIds) {
    if (jobs.length === shownAtMost) break;
    const job = await operations.find(jobId);
    if (job !== undefined && (tenant === undefined || job.tenantId === tenant)) jobs.push(job);
  }
  return { jobs, notLookedAt };
}

function jobTable(
  jobs: readonly JobView[],
  withText: boolean,
  { paint, columns: width }: Terminal,
  nowMs: number,
): string[] {
  const columns: readonly Column<JobView>[] = [
    { head: 'ID', cell: ({ id }) => id },
    { head: 'TENANT', cell: ({ tenantId }) => printable(tenantId) },
    { head: 'TICKET', cell: ({ ticketId }) => printable(ticketId) },
    { head: 'STATE', cell: ({ state }) => stateText(state, paint) },
    {
      head: 'ACCEPTED',
      align: 'right',
      cell: ({ acceptedAt }) => (acceptedAt === null ? '' : `${formatAge(nowMs - Date.parse(acceptedAt))} ago`),
    },
    withText
      ? { head: 'SUBJECT', cell: ({ ticket }) => printable(ticket.subject) }
      : { head: 'REASON OR RESULT', cell: (job) => printable(outcomeOf(job)) },
  ];
  return table(columns, jobs, paint, width);
}

function stateText(state: string, paint: Paint): string {
  return state === 'failed' ? paint('red', state) : state;
}

function outcomeOf({ deferred, reason, result }: JobView): string {
  if (deferred !== null) return `deferred, ${deferred.reason}: ${deferred.message}`;
  if (reason !== null) return reason;
  return result === null ? '' : JSON.stringify(result);
}

function jobDocument(job: JobView, withText: boolean) {
  return {
    id: job.id,
    state: job.state,
    tenant_id: job.tenantId,
    ticket_id: job.ticketId,
    correlation_id: job.correlationId,
    priority: job.priority,
    attempts: job.attempts,
    times_run_again: job.timesRunAgain,
    accepted_at: job.acceptedAt,
    run_again_at: job.runAgainAt,
    started_at: job.startedAt,
    finished_at: job.finishedAt,
    next_attempt_at: job.nextAttemptAt,
    deferred: job.deferred,
    reason: job.reason,
    stacks: job.stacks,
    result: job.result,
    ...(withText ? { ticket: job.ticket } : {}),
  };
}

function jobLines(job: JobView, withText: boolean, { paint }: Pick<Terminal, 'paint'>): string[] {
  const { made, allowed } = job.attempts;
  const fields: readonly (readonly [name: string, value: string | null])[] = [
    ['job', job.id],
    ['state', stateText(job.state, paint)],
    ['tenant', printable(job.tenantId)],
    ['ticket', printable(job.ticketId)],
    ['correlation', printable(job.correlationId)],
    ['priority', printable(job.priority)],
    ['attempts', `${made} of ${allowed}${job.timesRunAgain === 0 ? '' : `, run again ${times(job.timesRunAgain)}`}`],
    ['accepted', job.acceptedAt],
    ['run again', job.runAgainAt],
    ['started', job.startedAt],
    ['finished', job.finishedAt],
    ['next attempt', job.nextAttemptAt],
    ['deferred', job.deferred === null ? null : deferredLine(job.deferred)],
    ['reason', job.reason === null ? null : printable(job.reason)],
    ['result', job.result === null ? null : JSON.stringify(job.result)],
  ];
  const lines = fields.flatMap(([name, value]) =>
    value === null ? [] : [`${paint('bold', name.padEnd(14))}${value}`],
  );
  if (withText) {
    lines.push(`${paint('bold', 'subject'.padEnd(14))}${printable(job.ticket.subject)}`);
    lines.push('', ...job.ticket.description.split('\n').map((line) => `  ${printable(line)}`));
  }
  const last = job.stacks.at(-1);
  if (last !== undefined) lines.push('', ...last.split('\n').map((line) => paint('dim', `  ${printable(line)}`)));
  return lines;
}

function deferredLine({ reason, since, times: deferrals, message }: NonNullable<JobView['deferred']>): string {
  return `${printable(reason)} since ${since}, ${times(deferrals)}: ${printable(message)}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function searchCut(notLookedAt: number): string {
  const jobs = notLookedAt === 1 ? '1 older job was' : `${formatNumber(notLookedAt)} older jobs were`;
  return `The search looks at the newest ${formatNumber(longestLook)} jobs of each state, and ${jobs} not looked at`;
}

function notFound(id: string, tenant: string | undefined, notLookedAt: number): CliError {
  const ofTenant = tenant === undefined ? '' : ` of ${printable(tenant)}`;
  const cut =
    notLookedAt === 0 ? '' : ` ${searchCut(notLookedAt)}: the log line \`queued\` of the ticket has its job id.`;
  return new CliError(
    'NOT_FOUND',
    'notFound',
    `There is no job${ofTenant} with the job, ticket or correlation id ${printable(id)}. Finished jobs are kept for 72 h; \`ticket-enhancer jobs failed\` lists those that failed.${cut}`,
  );
}

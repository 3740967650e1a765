import type { Command } from 'commander';
import type { JobView } from '../../../queue/job-operations.js';
import { CliError } from '../../cli-error.js';
import { explain, jsonOption } from '../../explain.js';
import { printable } from '../../table.js';
import type { Terminal } from '../../terminal.js';
import { where, withJobs } from './queue.js';

export function addShow(jobs: Command, terminal: Terminal): void {
  const command = jobs
    .command('show')
    .description('show one job: its state, times, attempts, and why it failed')
    .argument('<id>', 'as `send`, `jobs failed` and the webhook’s answer give it')
    .option('--text', 'the ticket’s subject and description too')
    .addOption(jsonOption())
    .action(async (id: string, { text, json }: { text?: true; json?: true }) => {
      const job = await withJobs((operations) => operations.find(id));
      if (job === undefined) throw notFound(id);
      if (json) terminal.printJson(jobDocument(job, text === true));
      else for (const line of jobLines(job, text === true, terminal)) terminal.print(line);
    });
  explain(command, {
    details: `${where}\nFinished jobs are kept for 72 h, failed ones until somebody removes them.`,
    examples: [
      'npx ticket-enhancer jobs show "$(npx ticket-enhancer send --json | grep -o \'d[0-9a-f]\\{40\\}\' | head -1)"',
    ],
    exits: ['ok', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
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
  const state = job.state === 'failed' ? paint('red', 'failed') : job.state;
  const fields: readonly (readonly [name: string, value: string | null])[] = [
    ['job', job.id],
    ['state', state],
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

function notFound(id: string): CliError {
  return new CliError(
    'NOT_FOUND',
    'notFound',
    `There is no job ${printable(id)}. Finished jobs are kept for 72 h; \`ticket-enhancer jobs failed\` lists those that failed.`,
  );
}

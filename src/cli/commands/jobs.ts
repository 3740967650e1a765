import type { Command } from 'commander';
import {
  createJobOperations,
  type JobOperations,
  type JobView,
  type RetryOutcome,
} from '../../queue/job-operations.js';
import type { FailedJob } from '../../queue/queue-reader.js';
import { CliError } from '../cli-error.js';
import { readConfig } from '../configuration.js';
import { exitCodes } from '../exit-codes.js';
import { countOption, explain, jsonOption } from '../explain.js';
import { formatDuration } from '../quantities.js';
import { withQueue } from '../redis-access.js';
import { printable, table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { tenantOption } from './tenants.js';

const where =
  'Jobs are read from Redis: REDIS_URL, or, without it, the unix socket in DATA_DIR that a running instance listens on.';
const retryMeaning =
  'A retry begins a new run of the job: all its attempts anew, no second note if one is there already, and in the metrics\n' +
  'received and queued once more, then success or failure; its duration counts from the retry.';

export function addJobs(program: Command, terminal: Terminal): void {
  const jobs = program.command('jobs').description('look at jobs, and run failed ones again');
  explain(jobs, {
    details: where,
    examples: ['npx ticket-enhancer jobs failed', 'npx ticket-enhancer jobs retry --all --tenant acme'],
    exits: ['ok', 'failed', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
  addFailed(jobs, terminal);
  addShow(jobs, terminal);
  addRetry(jobs, terminal);
}

function withJobs<T>(work: (jobs: JobOperations) => Promise<T>): Promise<T> {
  return withQueue(readConfig(), (queue) => work(createJobOperations(queue)));
}

function addFailed(jobs: Command, terminal: Terminal): void {
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
      if (json) terminal.printJson({ jobs: failed.map(toDocument) });
      else if (failed.length === 0) terminal.print(`No failed jobs${tenant === undefined ? '' : ` of ${tenant}`}.`);
      else for (const line of failedTable(failed, terminal, Date.now())) terminal.print(line);
    });
  explain(command, {
    details: where,
    examples: ['npx ticket-enhancer jobs failed', 'npx ticket-enhancer jobs failed --tenant acme --limit 5 --json'],
    exits: ['ok', 'usage', 'unreachable', 'configuration'],
  });
}

function toDocument({ id, tenantId, ticketId, attempts, reason, finishedAt }: FailedJob) {
  return { id, tenant_id: tenantId, ticket_id: ticketId, attempts, reason, failed_at: finishedAt };
}

export function failedTable(
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

function addShow(jobs: Command, terminal: Terminal): void {
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
    reason: job.reason,
    stacks: job.stacks,
    result: job.result,
    ...(withText ? { ticket: job.ticket } : {}),
  };
}

export function jobLines(job: JobView, withText: boolean, { paint }: Pick<Terminal, 'paint'>): string[] {
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

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function addRetry(jobs: Command, terminal: Terminal): void {
  interface Options {
    readonly all?: true;
    readonly tenant?: string;
    readonly json?: true;
  }
  const command = jobs
    .command('retry')
    .description('run jobs again that failed for good')
    .argument('[id...]', 'which ones')
    .option('--all', 'all failed jobs')
    .addOption(tenantOption('with --all: of one tenant'))
    .addOption(jsonOption())
    .action(async (ids: string[], { all, tenant, json }: Options) => {
      if (ids.length > 0 === (all === true)) {
        throw new CliError('USAGE', 'usage', 'Say which: either the ids of jobs, or --all.');
      }
      if (tenant !== undefined && !all) throw new CliError('USAGE', 'usage', '--tenant goes with --all.');
      const results = await withJobs(async (operations) => {
        const chosen = all ? await failedIds(operations, tenant) : [...new Set(ids)];
        return retryEach(operations, chosen, terminal);
      });
      const told = summarize(results);
      if (json) terminal.printJson(told);
      else for (const line of retryLines(told, terminal)) terminal.print(line);
      if (told.not_found.length > 0) process.exitCode = exitCodes.notFound.code;
      else if (told.not_failed.length > 0) process.exitCode = exitCodes.failed.code;
    });
  explain(command, {
    details: `${retryMeaning}\n${where}`,
    examples: ['npx ticket-enhancer jobs retry --all', 'npx ticket-enhancer jobs retry --all --tenant acme --json'],
    exits: ['ok', 'failed', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
}

async function failedIds(operations: JobOperations, tenantId: string | undefined): Promise<string[]> {
  const failed = await operations.failed({ limit: Number.POSITIVE_INFINITY, tenantId });
  // Oldest first, as they would have been done.
  return failed.map(({ id }) => id).reverse();
}

/** Jobs whose retries are asked of Redis at once. */
const batchSize = 20;

type Result = readonly [id: string, outcome: RetryOutcome];

async function retryEach(operations: JobOperations, ids: readonly string[], terminal: Terminal): Promise<Result[]> {
  const progress = ids.length > batchSize ? terminal.progress(`retrying ${ids.length} jobs`) : undefined;
  const results: Result[] = [];
  for (let from = 0; from < ids.length; from += batchSize) {
    const batch = ids.slice(from, from + batchSize);
    results.push(...(await Promise.all(batch.map(async (id): Promise<Result> => [id, await operations.retry(id)]))));
    if (progress && terminal.isTerminal) progress.update(`retrying ${results.length} of ${ids.length} jobs`);
  }
  progress?.end();
  return results;
}

interface RetrySummary {
  readonly retried: readonly string[];
  readonly not_failed: readonly { readonly id: string; readonly state: string }[];
  readonly not_found: readonly string[];
}

function summarize(results: readonly Result[]): RetrySummary {
  return {
    retried: results.flatMap(([id, outcome]) => (outcome === 'retried' ? [id] : [])),
    not_failed: results.flatMap(([id, outcome]) => (typeof outcome === 'object' ? [{ id, state: outcome.state }] : [])),
    not_found: results.flatMap(([id, outcome]) => (outcome === 'not-found' ? [id] : [])),
  };
}

function retryLines({ retried, not_failed, not_found }: RetrySummary, { paint }: Terminal): string[] {
  const count = retried.length;
  return [
    ...not_failed.map(({ id, state }) => `${paint('yellow', 'left alone')}  ${id}: it is ${state}, not failed`),
    ...not_found.map((id) => `${paint('red', 'not found')}   ${printable(id)}: there is no such job`),
    `${count} ${count === 1 ? 'job goes' : 'jobs go'} back to the queue.`,
  ];
}

function notFound(id: string): CliError {
  return new CliError(
    'NOT_FOUND',
    'notFound',
    `There is no job ${printable(id)}. Finished jobs are kept for 72 h; \`ticket-enhancer jobs failed\` lists those that failed.`,
  );
}

import type { Command } from 'commander';
import { longestLook } from '../../queue/scan-bound.js';
import type { ListOptions } from '../actions/list-jobs.js';
import type { RetryOptions } from '../actions/retry-jobs.js';
import type { ShowOptions } from '../actions/show-job.js';
import { countOption, explain, jsonOption, tenantOption } from '../explain.js';
import { formatNumber } from '../quantities.js';
import type { Terminal } from '../terminal.js';

const where =
  'Jobs are read from Redis: REDIS_URL, or, without it, the unix socket in DATA_DIR that a running instance listens on.';

export function addJobs(program: Command, terminal: Terminal): void {
  const jobs = program.command('jobs').description('look at jobs, and run failed ones again');
  explain(jobs, {
    details: where,
    examples: ['npx ticket-enhancer jobs failed', 'npx ticket-enhancer jobs retry --all --tenant acme'],
    exits: ['ok', 'failed', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
  addList(jobs, {
    name: 'failed',
    description: 'list jobs that failed for good, newest first',
    details: where,
    list: async (options) => (await import('../actions/failed-jobs.js')).listFailedJobs(options, terminal),
  });
  addList(jobs, {
    name: 'deferred',
    description: 'list deferred jobs: by tenant and reason, then one by one',
    details: `${where}\nA deferred job runs by itself when its reason has ended; docs/failures.md says what each reason means.`,
    list: async (options) => (await import('../actions/deferred-jobs.js')).listDeferredJobs(options, terminal),
  });
  addShow(jobs, terminal);
  addRetry(jobs, terminal);
}

interface List {
  readonly name: string;
  readonly description: string;
  readonly details: string;
  list(options: ListOptions): Promise<void>;
}

/** A command that lists jobs of one kind, of all tenants or of one. */
function addList(jobs: Command, { name, description, details, list }: List): void {
  const command = jobs
    .command(name)
    .description(description)
    .addOption(tenantOption('of one tenant'))
    .addOption(countOption('--limit <n>', 'at most so many jobs', 20))
    .addOption(jsonOption())
    .action(list);
  const example = `npx ticket-enhancer jobs ${name}`;
  explain(command, {
    details,
    examples: [example, `${example} --tenant acme --limit 5 --json`],
    exits: ['ok', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
}

function addShow(jobs: Command, terminal: Terminal): void {
  const command = jobs
    .command('show')
    .description('show a job, or those of a ticket: state, times, attempts, and why it failed')
    .argument('<id>', 'of a job or a ticket, or a correlation id')
    .addOption(tenantOption('for a ticket: of one tenant'))
    .option('--text', 'the ticket’s subject and description too')
    .addOption(jsonOption())
    .action(async (id: string, options: ShowOptions) => {
      const { showJob } = await import('../actions/show-job.js');
      await showJob(id, options, terminal);
    });
  explain(command, {
    details: `${where}\nFinished jobs are kept for 72 h, failed ones until they are removed. With the id of a job the JSON document is that\njob; with any other id it has the list \`jobs\`, newest first, and \`not_looked_at\`: for a ticket, the newest ${formatNumber(longestLook)} jobs of\neach state are looked through.`,
    examples: [
      'npx ticket-enhancer jobs show "$(npx ticket-enhancer send --json | grep -o \'d[0-9a-f]\\{40\\}\' | head -1)"',
      'npx ticket-enhancer send --ticket TKT-7 && npx ticket-enhancer jobs show TKT-7 --tenant acme',
    ],
    exits: ['ok', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
}

const retryMeaning =
  'A retry begins a new run of the job: it has all its attempts, adds no second note, and counts in the metrics as\n' +
  'received and queued once more, then success or failure; its duration counts from the retry.';

function addRetry(jobs: Command, terminal: Terminal): void {
  const command = jobs
    .command('retry')
    .description('run failed jobs again')
    .argument('[id...]', 'of the jobs to run again')
    .option('--all', 'all failed jobs')
    .addOption(tenantOption('with --all: of one tenant'))
    .addOption(jsonOption())
    .action(async (ids: string[], options: RetryOptions) => {
      const { retryJobs } = await import('../actions/retry-jobs.js');
      await retryJobs(ids, options, terminal);
    });
  explain(command, {
    details: `${retryMeaning}\n${where}`,
    examples: ['npx ticket-enhancer jobs retry --all', 'npx ticket-enhancer jobs retry --all --tenant acme --json'],
    exits: ['ok', 'failed', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
}

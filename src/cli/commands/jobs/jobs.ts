import type { Command } from 'commander';
import { explain } from '../../explain.js';
import type { Terminal } from '../../terminal.js';
import { addDeferred } from './deferred.js';
import { addFailed } from './failed.js';
import { where } from './queue.js';
import { addRetry } from './retry.js';
import { addShow } from './show.js';

export function addJobs(program: Command, terminal: Terminal): void {
  const jobs = program.command('jobs').description('look at jobs, and run failed ones again');
  explain(jobs, {
    details: where,
    examples: ['npx ticket-enhancer jobs failed', 'npx ticket-enhancer jobs retry --all --tenant acme'],
    exits: ['ok', 'failed', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
  addFailed(jobs, terminal);
  addDeferred(jobs, terminal);
  addShow(jobs, terminal);
  addRetry(jobs, terminal);
}

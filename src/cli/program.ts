import { Command } from 'commander';
import { version } from '../config/version.js';
import { usageError } from './cli-error.js';
import { addCheck } from './commands/check.js';
import { addHistory } from './commands/history.js';
import { addJobs } from './commands/jobs.js';
import { addSend } from './commands/send.js';
import { addSign } from './commands/sign.js';
import { addStart } from './commands/start.js';
import { addTenants } from './commands/tenants.js';
import { addTop } from './commands/top.js';
import { explain } from './explain.js';
import type { Terminal } from './terminal.js';

/** The whole command tree. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('ticket-enhancer')
    .description('Runs, checks, tests and inspects ticket-enhancer.')
    .version(version)
    // Errors of the command line are reported with all others (run.ts).
    .configureOutput({ outputError: () => undefined, getOutHelpWidth: () => terminal.columns ?? 100 });
  for (const add of [addStart, addCheck, addTenants, addSend, addSign, addHistory, addJobs, addTop]) {
    add(program, terminal);
  }
  reportUsage(program, program.name());
  return explain(program, {
    details:
      'The configuration is read as the service reads it: from the environment and from .env in the current folder.\n' +
      'Results go to stdout, progress to stderr; --json gives one JSON document. NO_COLOR is respected.',
    examples: ['npx ticket-enhancer check', 'npx ticket-enhancer send --tenant acme', 'npx ticket-enhancer top'],
    exits: ['ok', 'failed', 'usage', 'unreachable', 'rejected', 'timedOut', 'jobFailed', 'notFound', 'configuration'],
  });
}

/** Turns commander's errors into usage errors, except those that it throws for --help and --version. */
function reportUsage(command: Command, path: string): void {
  command.exitOverride((error) => {
    throw error.exitCode === 0 || error.code === 'commander.help' ? error : usageError(error, path);
  });
  for (const one of command.commands) reportUsage(one, `${path} ${one.name()}`);
}

import type { Command } from 'commander';
import { explain } from '../explain.js';

export function addStart(program: Command): void {
  const command = program
    .command('start')
    .description('run the service in this process')
    .action(async () => {
      // Importing the primary's entry runs it: signals, exit codes and PM2 work as with `node dist/main.js`.
      await import('../../main.js');
    });
  explain(command, {
    details:
      'The same as `node dist/main.js`. SIGTERM and Ctrl-C finish work in progress and end with 0, a second one ends at\n' +
      'once with 1; SIGHUP reloads the tenants and replaces the children one by one.',
    examples: [
      'npx ticket-enhancer start',
      'HTTP_PORT=8081 METRICS_PORT=8001 DATA_DIR=./data2 npx ticket-enhancer start',
    ],
    exits: ['ok', 'failed', 'configuration'],
  });
}

import type { Command } from 'commander';
import type { WatchOptions } from '../actions/watch-service.js';
import { explain, jsonOption, urlOption } from '../explain.js';
import type { Terminal } from '../terminal.js';

export function addTop(program: Command, terminal: Terminal): void {
  const command = program
    .command('top')
    .description('watch children, queue and tenants, refreshed every second')
    .addOption(urlOption('--url <url>', 'the metrics port (default: METRICS_HOST and METRICS_PORT)'))
    .addOption(jsonOption())
    .action(async (options: WatchOptions) => {
      const { watchService } = await import('../actions/watch-service.js');
      await watchService(options, terminal);
    });
  explain(command, {
    details:
      'Ctrl-C ends it. Reads /status of the metrics port; rates are over the last 30 s at most.\n' +
      'Without a terminal, and with --json, it reads the status twice, a second apart, and ends.',
    examples: ['npx ticket-enhancer top', 'npx ticket-enhancer top | cat', 'npx ticket-enhancer top --json'],
    exits: ['ok', 'failed', 'usage', 'unreachable', 'configuration'],
  });
}

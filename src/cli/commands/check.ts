import type { Command } from 'commander';
import type { CheckOptions } from '../actions/check-installation.js';
import { explain, jsonOption } from '../explain.js';
import type { Terminal } from '../terminal.js';

export function addCheck(program: Command, terminal: Terminal): void {
  const command = program
    .command('check')
    .description(
      'check configuration, tenants, secrets, files, Redis, ports, the running service, desks and language model',
    )
    .option('--no-spend', 'list the models of the language model endpoint instead of asking one question')
    .addOption(jsonOption())
    .action(async (options: CheckOptions) => {
      const { checkInstallation } = await import('../actions/check-installation.js');
      await checkInstallation(options, terminal);
    });
  explain(command, {
    details:
      'Changes nothing, and asks each tenant’s language model one question. Each line is ok, a warning, or failed with what to do; a failed one gives exit code 1. Desks are\n' +
      'asked with their credentials, under the same rules for private addresses as the service.',
    examples: ['npx ticket-enhancer check', 'npx ticket-enhancer check --json'],
    exits: ['ok', 'failed', 'usage', 'configuration'],
  });
}

import type { Command } from 'commander';
import type { SignOptions } from '../actions/print-signature.js';
import { explain, jsonOption, urlOption } from '../explain.js';
import type { Terminal } from '../terminal.js';
import { addTicketOptions } from './ticket-options.js';

export function addSign(program: Command, terminal: Terminal): void {
  const command = addTicketOptions(program.command('sign'))
    .description('print the headers that prove a body to be a tenant’s')
    .option('--curl', 'print a curl command that sends it')
    .addOption(urlOption('--url <url>', 'for --curl: where webhooks are served (default: HTTP_HOST and HTTP_PORT)'))
    .addOption(jsonOption())
    .action(async (options: SignOptions) => {
      const { printSignature } = await import('../actions/print-signature.js');
      printSignature(options, terminal);
    });
  explain(command, {
    details:
      'Secrets are taken from the tenants’ configuration, the newest where there are two; they are not shown, except that\n' +
      'the token scheme is its secret. A standard signature holds for 300 s.',
    examples: [
      'npx ticket-enhancer sign --tenant acme',
      'npx ticket-enhancer sign --scheme servicedesk --curl | sh',
      'echo \'{"tenant_id":"globex"}\' | npx ticket-enhancer sign --file - --json',
    ],
    exits: ['ok', 'usage', 'notFound', 'configuration'],
  });
}

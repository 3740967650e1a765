import type { Command } from 'commander';
import type { SendOptions } from '../actions/send-ticket.js';
import { durationOption, explain, jsonOption, urlOption } from '../explain.js';
import type { Terminal } from '../terminal.js';
import { addTicketOptions } from './ticket-options.js';

export function addSend(program: Command, terminal: Terminal): void {
  const command = addTicketOptions(program.command('send'))
    .description('send a signed test ticket, and wait for its note')
    .addOption(urlOption('--url <url>', 'where webhooks are served (default: HTTP_HOST and HTTP_PORT)'))
    .addOption(
      urlOption('--metrics-url <url>', 'where metrics and the local desk are (default: METRICS_HOST and METRICS_PORT)'),
    )
    .addOption(durationOption('--timeout <time>', 'how long to wait for the note', '30s'))
    .option('--no-wait', 'do not wait for the note')
    .addOption(jsonOption())
    .action(async (options: SendOptions) => {
      const { sendTicket } = await import('../actions/send-ticket.js');
      await sendTicket(options, terminal);
    });
  explain(command, {
    details:
      'The tenant’s secret is taken from the tenants’ configuration. The note of a local desk is read from the metrics\n' +
      'port; for any other desk the job’s state is read from Redis (REDIS_URL or DATA_DIR), and the note is on the desk.',
    examples: [
      'npx ticket-enhancer send',
      'npx ticket-enhancer send --tenant globex --scheme token --subject "Disk full on web-3" --priority critical',
      'npx ticket-enhancer sign | tail -1 | npx ticket-enhancer send --file - --json',
    ],
    exits: ['ok', 'usage', 'unreachable', 'rejected', 'timedOut', 'jobFailed', 'notFound', 'configuration'],
  });
}

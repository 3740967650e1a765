import type { Command } from 'commander';
import { readConfig, readTenants } from '../configuration.js';
import { explain, jsonOption, urlOption } from '../explain.js';
import { webhooksUrl } from '../service-client.js';
import type { Terminal } from '../terminal.js';
import { addTicketOptions, type SignedTicket, signTicket, type TicketOptions } from '../test-ticket.js';

interface SignOptions extends TicketOptions {
  readonly curl?: true;
  readonly url?: string;
  readonly json?: true;
}

export function addSign(program: Command, terminal: Terminal): void {
  const command = addTicketOptions(program.command('sign'))
    .description('print the headers that prove a body to be a tenant’s')
    .option('--curl', 'print a curl command that sends it')
    .addOption(urlOption('--url <url>', 'for --curl: where webhooks are served (default: HTTP_HOST and HTTP_PORT)'))
    .addOption(jsonOption())
    .action((options: SignOptions) => {
      const config = readConfig();
      const signed = signTicket(readTenants(config), options, Date.now());
      const { tenant, scheme, body, headers } = signed;
      if (options.json) {
        terminal.printJson({ tenant_id: tenant.id, scheme, headers, body: body.toString() });
      } else if (options.curl) {
        terminal.print(curl(signed, `${webhooksUrl(config, options.url)}/webhook/servicedesk`));
      } else {
        for (const [name, value] of Object.entries(headers)) terminal.print(`${name}: ${value}`);
        // A generated body must be sent with its signature.
        if (options.file === undefined) terminal.print(`\n${body.toString()}`);
      }
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

function curl({ headers, body }: SignedTicket, url: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)} \\`);
  return [`curl -i ${quoted(url)} \\`, ...lines, `  --data-binary ${quoted(body.toString())}`].join('\n');
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

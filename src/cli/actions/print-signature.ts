import { readConfig, readTenants } from '../configuration.js';
import { webhooksUrl } from '../service-client.js';
import type { Terminal } from '../terminal.js';
import { type SignedTicket, signTicket, type TicketOptions } from './test-ticket.js';

export interface SignOptions extends TicketOptions {
  readonly curl?: true;
  readonly url?: string;
  readonly json?: true;
}

export function printSignature(options: SignOptions, terminal: Terminal): void {
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
}

function curl({ headers, body }: SignedTicket, url: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)} \\`);
  return [`curl -i ${quoted(url)} \\`, ...lines, `  --data-binary ${quoted(body.toString())}`].join('\n');
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

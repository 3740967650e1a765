import { type Command, Option } from 'commander';
import { schemesOf } from '../../api/signatures/sign.js';
import { readTenantsDocument, resolveTenants, type Tenant, TenantsError } from '../../tenants/index.js';
import { contextWarnings } from '../checks/context.js';
import { readConfig, readTenants } from '../configuration.js';
import { exitCodes } from '../exit-codes.js';
import { explain, jsonOption } from '../explain.js';
import { formatNumber } from '../quantities.js';
import { type Column, printable, table } from '../table.js';
import type { Terminal } from '../terminal.js';

export function addTenants(program: Command, terminal: Terminal): void {
  const tenants = program.command('tenants').description('look at the tenants, and check their file');
  explain(tenants, {
    examples: ['npx ticket-enhancer tenants list', 'npx ticket-enhancer tenants validate demo/tenants.yaml'],
    exits: ['ok', 'usage', 'configuration'],
  });
  addValidate(tenants, terminal);
  addList(tenants, terminal);
}

function addValidate(tenants: Command, terminal: Terminal): void {
  const command = tenants
    .command('validate')
    .description('check a tenants file as the service does at its start, secrets included, and the files that it names')
    .argument('[file]', 'YAML or JSON (default: TENANTS_FILE, else the demo tenants)')
    .addOption(jsonOption())
    .action(async (file: string | undefined, { json }: { json?: true }) => {
      const path = file ?? readConfig().tenantsFile;
      const shown = path ?? 'the demo tenants';
      try {
        const warnings: string[] = [];
        const all = resolveTenants(readTenantsDocument(path), undefined, (sentence) => warnings.push(sentence)).all();
        warnings.push(...(await contextWarnings(all)));
        const { length } = all;
        if (json) terminal.printJson({ valid: true, file: path ?? null, tenants: length, problems: [], warnings });
        else {
          terminal.print(
            `${terminal.paint('green', 'ok')}  ${shown}: ${length} ${length === 1 ? 'tenant' : 'tenants'}`,
          );
          for (const sentence of warnings) {
            terminal.print(`${terminal.paint('yellow', 'warning')}  ${printable(sentence)}`);
          }
        }
      } catch (error) {
        if (!json || !(error instanceof TenantsError)) throw error;
        terminal.printJson({ valid: false, file: path ?? null, tenants: null, problems: error.problems, warnings: [] });
        process.exitCode = exitCodes.configuration.code;
      }
    });
  explain(command, {
    details:
      'Also reads the tenants’ files of context, and warns of those that are left out. A running service takes a changed file at SIGHUP, and keeps the old one if the new one is not valid.',
    examples: ['npx ticket-enhancer tenants validate', 'npx ticket-enhancer tenants validate demo/tenants.yaml'],
    exits: ['ok', 'usage', 'configuration'],
  });
}

function addList(tenants: Command, terminal: Terminal): void {
  const command = tenants
    .command('list')
    .description('list the tenants, without their secrets')
    .addOption(jsonOption())
    .action(({ json }: { json?: true }) => {
      const listed = readTenants(readConfig()).all().map(listedTenant);
      if (json) terminal.printJson({ tenants: listed });
      else for (const line of listTable(listed, terminal)) terminal.print(line);
    });
  explain(command, {
    examples: ['npx ticket-enhancer tenants list', 'npx ticket-enhancer tenants list --json'],
    exits: ['ok', 'usage', 'configuration'],
  });
}

type ListedTenant = ReturnType<typeof listedTenant>;

function listedTenant({ id, name, active, webhook, desk, limits }: Tenant) {
  return {
    id,
    name,
    active,
    schemes: [...schemesOf(webhook), ...(webhook.deskSignature ? ['desk'] : [])],
    desk: desk.type,
    requests_per_minute: limits.requestsPerMinute,
    words_per_note: limits.wordsPerNote,
  };
}

function listTable(listed: readonly ListedTenant[], { paint, columns: width }: Terminal): string[] {
  const columns: readonly Column<ListedTenant>[] = [
    { head: 'ID', cell: ({ id }) => id },
    { head: 'ACTIVE', cell: ({ active }) => (active ? 'yes' : paint('yellow', 'no')) },
    { head: 'SCHEMES', cell: ({ schemes }) => schemes.join(' ') },
    { head: 'DESK', cell: ({ desk }) => desk },
    { head: 'REQUESTS/MIN', align: 'right', cell: (tenant) => formatNumber(tenant.requests_per_minute) },
    { head: 'WORDS/NOTE', align: 'right', cell: (tenant) => formatNumber(tenant.words_per_note) },
    { head: 'NAME', cell: ({ name }) => printable(name) },
  ];
  return table(columns, listed, paint, width);
}

export function tenantOption(description: string): Option {
  return new Option('--tenant <id>', description);
}

import type { Command } from 'commander';
import { explain, jsonOption } from '../explain.js';
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
      const { validateTenants } = await import('../actions/validate-tenants.js');
      await validateTenants(file, json === true, terminal);
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
    .action(async ({ json }: { json?: true }) => {
      const { listTenants } = await import('../actions/list-tenants.js');
      listTenants(json === true, terminal);
    });
  explain(command, {
    examples: ['npx ticket-enhancer tenants list', 'npx ticket-enhancer tenants list --json'],
    exits: ['ok', 'usage', 'configuration'],
  });
}

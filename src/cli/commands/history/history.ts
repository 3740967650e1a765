import type { Command } from 'commander';
import { explain } from '../../explain.js';
import type { Terminal } from '../../terminal.js';
import { addImport } from './import.js';

export function addHistory(program: Command, terminal: Terminal): void {
  const history = program.command('history').description('fill the history that new tickets are compared with');
  explain(history, {
    examples: ['npx ticket-enhancer history import --tenant acme --dry-run'],
    exits: ['ok', 'failed', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
  addImport(history, terminal);
}

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ImportOptions } from '../actions/import-history.js';
import { countOption, explain, jsonOption, tenantOption } from '../explain.js';
import type { Terminal } from '../terminal.js';

export function addHistory(program: Command, terminal: Terminal): void {
  const history = program.command('history').description('fill the history that new tickets are compared with');
  explain(history, {
    examples: ['npx ticket-enhancer history import --tenant acme --dry-run'],
    exits: ['ok', 'failed', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
  addImport(history, terminal);
}

function addImport(history: Command, terminal: Terminal): void {
  const command = history
    .command('import')
    .description('read resolved tickets from a tenant’s desk into its history')
    .addOption(tenantOption('whose desk is read').makeOptionMandatory())
    .addOption(sinceOption())
    .addOption(countOption('--limit <n>', 'add or replace at most so many tickets'))
    .option('--dry-run', 'read from the desk, say what would be done, and change nothing')
    .addOption(jsonOption())
    .action(async (options: ImportOptions) => {
      const { importFromDesk } = await import('../actions/import-history.js');
      await importFromDesk(options, terminal);
    });
  explain(command, {
    details:
      'A ticket is taken in as if the desk had sent the webhook of a resolved ticket: with the same bounds, and once however\n' +
      'often it is imported. A ticket without a resolution is left out. The desk is read with its credential, one request at\n' +
      'a time, and its throttling is honoured. An import that was interrupted resumes within three days at the same page,\n' +
      'unless --since is given.',
    examples: [
      'npx ticket-enhancer history import --tenant acme --dry-run --limit 20',
      'npx ticket-enhancer history import --tenant acme --since 2026-01-01',
    ],
    exits: ['ok', 'failed', 'usage', 'unreachable', 'notFound', 'configuration'],
  });
}

function sinceOption(): Option {
  const description =
    'tickets that were resolved on this day or later, such as 2026-01-31 or 2026-01-31T08:00:00Z (default: where an interrupted import was, or a year ago)';
  return new Option('--since <date>', description).argParser((text: string) => {
    const isTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?$/.test(text);
    const time = new Date(isTime ? text : Number.NaN);
    const day = text.slice(0, 10);
    // Date takes 30 February for 2 March.
    const isDay = !Number.isNaN(time.getTime()) && new Date(day).toISOString().startsWith(day);
    if (!isDay) throw new InvalidArgumentError('Give a day such as 2026-01-31.');
    if (time.getTime() > Date.now()) throw new InvalidArgumentError('It is in the future.');
    return time;
  });
}

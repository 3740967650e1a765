import { describe, expect, it, jest } from '@jest/globals';
import { type Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { CliError, reportOf, usageError } from '../../../src/cli/cli-error.js';
import { exitCodes } from '../../../src/cli/exit-codes.js';
import { createProgram } from '../../../src/cli/program.js';
import { createTerminal } from '../../../src/cli/terminal.js';
import { ConfigError } from '../../../src/config/config-error.js';
import { QueueUnavailableError } from '../../../src/redis/queue-unavailable.js';
import { TenantsError } from '../../../src/tenants/index.js';

/** Every command, as it is typed: `jobs`, `jobs failed`. */
function commandPaths(
  command: Command = createProgram(createTerminal(process.stdout, process.stderr, {})),
  path: readonly string[] = [],
): string[] {
  const own = path.length === 0 ? [] : [path.join(' ')];
  return [...own, ...command.commands.flatMap((one) => commandPaths(one, [...path, one.name()]))];
}

function stream(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string | Uint8Array): boolean => written.push(String(text)) > 0;
  return { isTTY, columns: 80, write, written };
}

describe('an error', () => {
  it('is told with its exit code', () => {
    expect(reportOf(new CliError('X', 'timedOut', 'Too late.'))).toEqual({
      code: 'X',
      message: 'Too late.',
      exit_code: 5,
    });
    expect(reportOf(new ConfigError(['a', 'b']))).toMatchObject({ exit_code: 78, problems: ['a', 'b'] });
    expect(reportOf(new TenantsError('t.yaml', ['a']))).toMatchObject({ exit_code: 78, problems: ['a'] });
    expect(reportOf(new QueueUnavailableError('gone', false))).toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      exit_code: 3,
    });
    const usage = usageError(new CommanderError(1, 'c', "error: unknown option '--x'"), 'ticket-enhancer send');
    expect(reportOf(usage)).toEqual({
      code: 'USAGE',
      message: "Unknown option '--x'. See `ticket-enhancer send --help`.",
      exit_code: 2,
    });
    expect(reportOf(new Error('boom')).message).toMatch(/^Unexpected error; please report it\.\nError: boom\n/);
  });
});

describe('a terminal', () => {
  it('uses colours and spinners on a terminal only', () => {
    const [out, err] = [stream(true), stream(false)];
    expect(createTerminal(out, err, {}).paint('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(createTerminal(out, err, { NO_COLOR: '1' }).paint('red', 'x')).toBe('x');
    expect(createTerminal(out, err, { TERM: 'dumb' }).paint('red', 'x')).toBe('x');
    expect(createTerminal(err, err, {}).paint('red', 'x')).toBe('x');
    const progress = createTerminal(out, err, {}).progress('waiting');
    progress.update('waiting');
    progress.update('nearly');
    progress.end('done');
    expect(err.written).toEqual(['waiting\n', 'nearly\n', 'done\n']);
    const spinning = createTerminal(out, out, {}).progress('waiting');
    spinning.end();
    expect(out.written.join('')).toMatch(/^\r. waiting\u001b\[K\r\u001b\[K$/); // oxlint-disable-line no-control-regex
  });
});

describe('a command', () => {
  it.each(commandPaths())('%s --help has examples and exit codes', async (command) => {
    const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      const program = createProgram(createTerminal(stream(false), stream(false), {}));
      const helped = program.parseAsync([...command.split(' '), '--help'], { from: 'user' });
      await expect(helped).rejects.toMatchObject({ code: 'commander.helpDisplayed', exitCode: 0 });
      const help = written.mock.calls.map(([text]) => String(text)).join('');
      expect(help).toMatch(/\nExamples:\n {2}\S.*\bticket-enhancer\b/);
      expect(help).toMatch(/\nExit codes:\n {2}0 /);
    } finally {
      written.mockRestore();
    }
  });
});

describe('docs/command-line.md', () => {
  const text = readFileSync(new URL('../../../docs/command-line.md', import.meta.url), 'utf8');

  it('has a section for each command', () => {
    const sections = [...text.matchAll(/^#{2,3} ticket-enhancer (.+)$/gm)].map(([, command]) => command);
    expect(sections.sort()).toEqual(commandPaths().sort());
  });

  it('has a row for each exit code', () => {
    const rows = Object.values(exitCodes).map(({ code, meaning }) => `| ${code} | ${meaning} |`);
    expect(text).toContain(rows.join('\n'));
  });
});

import { expect, it } from '@jest/globals';
import { logConsole } from '../../../src/logging/console.js';
import { createLogger } from '../../../src/logging/logger.js';

it('what a library prints to the console is a line of the log, each text once, without secrets', () => {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const console: Partial<Console> = {};
  logConsole(createLogger({ level: 'info', role: 'worker', slot: 1, destination }), console);
  for (let i = 0; i < 3; i++) console.warn?.('[WARN] a password was supplied for %s', 'alice@acme.example');
  console.error?.('it failed');
  expect(lines).toEqual([
    expect.objectContaining({
      level: 'warn',
      role: 'worker',
      slot: 1,
      msg: expect.stringMatching(/^\[WARN\] a password/),
    }),
    expect.objectContaining({ level: 'error', msg: 'it failed' }),
  ]);
  expect(JSON.stringify(lines)).not.toContain('alice');
});

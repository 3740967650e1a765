import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { run } from '../support/command-line.js';
import { temporaryFolder } from '../support/opened.js';

/** A machine that does not let the service load its modules: one sentence, whichever way it is started. */

const starts = [
  ['node dist/main.js', 'dist/main.js'],
  ['ticket-enhancer start', 'dist/cli/main.js start'],
  ['ticket-enhancer check', 'dist/cli/main.js check'],
] as const;

function inShell(script: string, command: string) {
  const [program = '', ...args] = command.split(' ');
  return run('sh', ['-c', `${script}; exec "$@"`, 'sh', process.execPath, join(process.cwd(), program), ...args]);
}

describe.each(starts)('%s', (_what, command) => {
  it('in a folder that has been removed', async () => {
    const folder = temporaryFolder();
    const { code, stderr } = await inShell(`cd ${folder} && rmdir ${folder}`, command);
    expect([code, stderr]).toEqual([
      78,
      'The folder in which ticket-enhancer is started has been removed. Start it in one that exists.\n',
    ]);
  });

  it.each([64, 255])('with a limit of %i open files', async (limit) => {
    const { code, stderr } = await inShell(`ulimit -n ${limit}`, command);
    expect([code, stderr]).toEqual([
      78,
      expect.stringMatching(
        `^ticket-enhancer may open ${limit} files at once and needs at least 256. Raise the limit.*\n$`,
      ),
    ]);
  });
});

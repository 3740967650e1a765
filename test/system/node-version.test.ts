import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/command-line.js';

/** A Node that is too old gets one sentence, whichever way the service is started. */

/** As far as the code can see. */
function pretending(version: string): string[] {
  const code = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

const starts: [string, string[], number][] = [
  ['node dist/main.js', ['dist/main.js'], 78],
  ['ticket-enhancer start', ['dist/cli/main.js', 'start'], 78],
  ['ticket-enhancer check', ['dist/cli/main.js', 'check'], 78],
  // What `npm start` and `npm test` run first.
  ['npm start', ['scripts/bootstrap.mjs', 'start'], 1],
];

describe.each(starts)('%s', (_what, [program = '', ...args], code) => {
  it.each(['16.20.2', '18.20.8', '20.10.0', '20.11.1'])('on Node %s ends with one sentence', async (version) => {
    const ran = await run(process.execPath, [...pretending(version), join(process.cwd(), program), ...args]);
    expect([ran.code, ran.stdout, ran.stderr.trim()]).toEqual([
      code,
      '',
      `ticket-enhancer needs Node 20.12 or newer, and this is ${version}; install one from https://nodejs.org.`,
    ]);
  });
});

it.each(['20.12.0', '22.0.0', '100.1.0'])('Node %s is new enough', async (version) => {
  const ran = await run(process.execPath, [
    ...pretending(version),
    join(process.cwd(), 'dist/cli/main.js'),
    '--version',
  ]);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
});

it('is asked for alike by package.json, and by what runs first', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
  expect(engines.node).toBe('>=20.12');
});

/** Static imports are loaded before the first line runs: one of a name that an old Node lacks ends it with a stack. */
it.each(['dist/main.js', 'dist/cli/main.js'])(
  '%s imports nothing that an old Node may lack before it looks',
  (entry) => {
    const importsOf = (text: string) => [...text.matchAll(/^import .*from '(.+)';$/gm)].map(([, from = '']) => from);
    const direct = importsOf(readFileSync(entry, 'utf8'));
    expect(direct.length).toBeGreaterThan(0);
    for (const from of direct) {
      expect(from).toMatch(/^\.\.?\/(node-version|signals)\.js$/);
      expect(importsOf(readFileSync(join(entry, '..', from), 'utf8'))).toEqual([]);
    }
  },
);

it('PM2 can read ecosystem.config.js on any Node, so that the service is what tells', async () => {
  const lacking =
    "import { syncBuiltinESMExports } from 'node:module'; import util from 'node:util'; delete util.parseEnv; syncBuiltinESMExports();";
  const preload = ['--import', `data:text/javascript,${encodeURIComponent(lacking)}`];
  const code = `import(${JSON.stringify(join(process.cwd(), 'ecosystem.config.js'))}).then(({ apps }) => console.log(apps[0].kill_timeout))`;
  expect(await run(process.execPath, [...preload, '-e', code])).toMatchObject({ code: 0, stdout: '38000\n' });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let checkout: string;
/** Root may write anywhere but on a read-only disk. */
const somebodyElse = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'te-read-only-'));
  for (const folder of ['scripts', 'src', 'node_modules/@types/node']) {
    mkdirSync(join(checkout, folder), { recursive: true });
  }
  for (const file of ['scripts/bootstrap.mjs', 'package.json', 'package-lock.json', 'tsconfig.json']) {
    copyFileSync(file, join(checkout, file));
  }
  writeFileSync(join(checkout, 'src/main.ts'), '');
});
afterAll(() => {
  chmodSync(checkout, 0o755);
  rmSync(checkout, { recursive: true, force: true });
});

const bootstrap = () =>
  spawnSync(process.execPath, [join(checkout, 'scripts/bootstrap.mjs'), 'start'], {
    ...somebodyElse,
    encoding: 'utf8',
    timeout: 20_000,
  });

const advice = () =>
  `and ${checkout}/ cannot be written (EACCES). Run \`npm run build\` there once as a user who may write, or copy it to a folder of your own.`;

describe('npm start in a checkout that this user cannot write', () => {
  it.each([
    ['packages', 'Packages are'],
    ['a build', 'The build is'],
  ])('says without %s that they cannot be made there', (missing, what) => {
    chmodSync(checkout, 0o755);
    if (missing === 'a build') {
      const installed = join(checkout, 'node_modules/.package-lock.json');
      writeFileSync(installed, '');
      utimesSync(installed, Date.now() / 1000 + 60, Date.now() / 1000 + 60);
    }
    chmodSync(checkout, 0o555);
    const { status, stdout, stderr } = bootstrap();
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(`\n${what} missing or older than the source, ${advice()}\n`);
  });
});

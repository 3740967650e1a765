import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterFile, temporaryFolder } from '../../support/opened.js';

const checkout = temporaryFolder(afterFile);
afterFile(() => chmodSync(checkout, 0o755));
/** Root may write anywhere but on a read-only disk. */
const somebodyElse = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

beforeAll(() => {
  for (const folder of ['scripts', 'src', 'node_modules/@types/node']) {
    mkdirSync(join(checkout, folder), { recursive: true });
  }
  for (const file of ['scripts/bootstrap.mjs', 'package.json', 'package-lock.json', 'tsconfig.json']) {
    copyFileSync(file, join(checkout, file));
  }
  writeFileSync(join(checkout, 'src/main.ts'), '');
});

const bootstrap = (env: NodeJS.ProcessEnv = process.env) =>
  spawnSync(process.execPath, [join(checkout, 'scripts/bootstrap.mjs'), 'start'], {
    ...somebodyElse,
    env,
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

describe('npm start on a machine without a redis-server', () => {
  it.each<[where: string, env: Record<string, string>, file: string, wanted: boolean]>([
    ['nowhere', {}, '', true],
    ['in .env', {}, 'REDIS_URL=redis://elsewhere', false],
    ['in .env and as empty in the environment, which takes precedence', { REDIS_URL: '' }, 'REDIS_URL=redis://h', true],
    ['in the environment', { REDIS_URL: 'redis://elsewhere' }, '', false],
  ])('with REDIS_URL %s', (_where, env, file, wanted) => {
    chmodSync(checkout, 0o755);
    mkdirSync(join(checkout, 'dist'), { recursive: true });
    mkdirSync(join(checkout, 'bin'), { recursive: true });
    const later = Date.now() / 1000 + 60;
    for (const made of ['node_modules/.package-lock.json', 'dist/.build-stamp']) {
      writeFileSync(join(checkout, made), '');
      utimesSync(join(checkout, made), later, later);
    }
    rmSync(join(checkout, 'bin/sh'), { force: true });
    symlinkSync('/bin/sh', join(checkout, 'bin/sh'));
    writeFileSync(join(checkout, '.env'), file);
    const { status, stderr } = bootstrap({ PATH: join(checkout, 'bin'), ...env });
    expect([status, /This machine has no redis-server .* or set REDIS_URL/.test(stderr)]).toEqual(
      wanted ? [1, true] : [0, false],
    );
  });
});

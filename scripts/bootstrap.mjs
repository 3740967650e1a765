#!/usr/bin/env node
// Makes a clean clone ready for `npm start` or `npm test`: packages, build, and the programs that npm does not have.
// Uses nothing but Node, because it runs before anything is installed. Quick when nothing is missing.
//
//   node scripts/bootstrap.mjs start|test|desks|build
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as util from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => join(root, ...parts);
/** As `engines` in package.json has it. */
const oldestNode = [20, 12];
const installTries = 3;

/** Programs outside npm: who needs them, any one of which commands will do, and where to get them. */
const programs = [
  {
    commands: ['redis-server', 'valkey-server'],
    package: 'redis-server',
    brew: 'redis',
    purposes: ['start', 'test', 'desks'],
    what: 'Redis, which keeps the queue',
    // Only the service itself can do without one of its own.
    unless: (purpose) => purpose === 'start' && namesRedis(),
    instead: 'or set REDIS_URL to a Redis that runs elsewhere',
  },
  {
    commands: ['promtool'],
    package: 'prometheus',
    brew: 'prometheus',
    purposes: ['test'],
    what: 'Prometheus with promtool, which the tests run',
  },
  {
    commands: ['chromium', 'chromium-browser', 'google-chrome'],
    package: 'chromium',
    brew: '--cask chromium',
    purposes: ['test', 'desks'],
    what: 'Chromium, in which the tests open web pages',
  },
  {
    commands: ['curl'],
    package: 'curl',
    brew: 'curl',
    purposes: ['test'],
    what: 'curl, with which the tests run the recipes of the docs',
  },
  {
    commands: ['openssl'],
    package: 'openssl',
    brew: 'openssl',
    purposes: ['test'],
    what: 'openssl, with which the tests sign and make certificates',
  },
  {
    commands: ['systemd-analyze'],
    package: 'systemd',
    purposes: ['test'],
    what: 'systemd-analyze, which checks the unit',
    unless: () => process.platform !== 'linux',
  },
  {
    commands: ['/usr/sbin/rt-setup-database-5'],
    package: 'request-tracker5 rt5-standalone rt5-db-sqlite',
    purposes: ['desks'],
    what: 'Request Tracker 5 of Debian, which the tests of desks run',
  },
];

function say(text) {
  process.stdout.write(`${text}\n`);
}

function fail(text) {
  process.stderr.write(`\n${text}\n`);
  process.exit(1);
}

/** The environment of a nested npm: what the npm around us set for its own script would mislead it. */
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_(lifecycle|package|command|execpath|node_execpath|config_local_prefix)/.test(name),
  );
  return Object.fromEntries(kept);
}

function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, env: cleanEnvironment(), stdio: 'inherit', ...options });
}

function has(command) {
  return run('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
}

/** As the service will have it: from the environment, or else from `.env`. */
function namesRedis() {
  if (process.env.REDIS_URL !== undefined) return process.env.REDIS_URL !== '';
  const text = existsSync(at('.env')) ? readFileSync(at('.env'), 'utf8').replace(/^\uFEFF/, '') : '';
  return Boolean(util.parseEnv(text).REDIS_URL);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  fail(
    `ticket-enhancer needs Node ${oldestNode.join('.')} or newer, and this is ${process.versions.node}; install one from https://nodejs.org.`,
  );
}

/**
 * npm writes its own copy of the lock at the end of an install. Without Node's types, which nothing but the build needs, it
 * was one for production only; the compiler itself may stay there, as somebody's peer.
 */
function packagesAreInstalled() {
  const installed = at('node_modules', '.package-lock.json');
  return (
    existsSync(installed) &&
    existsSync(at('node_modules', '@types', 'node')) &&
    statSync(installed).mtimeMs >= statSync(at('package-lock.json')).mtimeMs
  );
}

/** Before npm or the compiler says it in its own way. */
function requireWritable(what) {
  try {
    accessSync(root, constants.W_OK);
  } catch (error) {
    fail(
      `${what} missing or older than the source, and ${root} cannot be written (${error.code}). Run \`npm run build\` there once as a user who may write, or copy it to a folder of your own.`,
    );
  }
}

function installPackages() {
  if (packagesAreInstalled()) return;
  requireWritable('Packages are');
  for (let attempt = 1; attempt <= installTries; attempt++) {
    say(
      attempt === 1
        ? 'Installing packages, which takes about a minute ...'
        : `Installing packages, attempt ${attempt} ...`,
    );
    const flags = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const { status, stderr } = run('npm', flags, { stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8' });
    if (status === 0) return;
    const reason = reasonIn(stderr);
    say(`  npm ci failed: ${reason}`);
    if (!/network|ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|socket|timeout|50\d/i.test(`${reason} ${stderr}`)) break;
  }
  fail(
    'The packages could not be installed. Check the network and the registry (`npm config get registry`), and run the same command again.',
  );
}

/**
 * What some tests need beside the packages of this one: a newer Node for the client that needs it, and a TypeScript that has
 * the resolution of Node 10. The newer Node is optional there: npm does not have it for every platform.
 */
function installOtherVersions() {
  const folder = at('test', 'versions');
  const installed = join(folder, 'node_modules', '.package-lock.json');
  const lock = join(folder, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  say('Installing other versions of Node and TypeScript for the tests ...');
  const flags = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stderr } = run('npm', flags, { cwd: folder, stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8' });
  if (status !== 0) say(`  npm ci failed: ${reasonIn(stderr)}`);
}

/** npm's own first sentence about what went wrong. */
function reasonIn(stderr) {
  const lines = String(stderr ?? '')
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('code ') && !line.startsWith('A complete log'));
  return lines[0] ?? 'it gave no reason';
}

function newestChange(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    newest = Math.max(newest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return newest;
}

function build() {
  const stampFile = at('dist', '.build-stamp');
  const newest = Math.max(
    newestChange(at('src')),
    statSync(at('tsconfig.json')).mtimeMs,
    statSync(at('package-lock.json')).mtimeMs,
  );
  if (existsSync(stampFile) && statSync(stampFile).mtimeMs > newest) return;
  requireWritable('The build is');
  say('Building ...');
  // Beside the old one, and then in its place: a service that runs from it must find its files at any moment.
  const fresh = at('dist.new');
  rmSync(fresh, { recursive: true, force: true });
  const compiler = at('node_modules', 'typescript', 'bin', 'tsc');
  const { status } = run(process.execPath, [compiler, '-p', at('tsconfig.json'), '--outDir', fresh]);
  if (status !== 0) fail('The build failed; the lines above say where.');
  buildLibrary(join(fresh, 'cluster-metrics'));
  // npm makes it executable when it installs the package, and npx in this folder takes it as it is.
  chmodSync(join(fresh, 'cli', 'main.js'), 0o755);
  writeFileSync(join(fresh, '.build-stamp'), '');
  rmSync(at('dist.old'), { recursive: true, force: true });
  if (existsSync(at('dist'))) renameSync(at('dist'), at('dist.old'));
  renameSync(fresh, at('dist'));
  rmSync(at('dist.old'), { recursive: true, force: true });
}

/**
 * cluster-metrics is a package of its own. What it packs is one implementation, for `require`, so that a program that loads
 * it in both ways has one; `import` gets the same by way of modules that export it again.
 */
function buildLibrary(folder) {
  const source = at('src', 'cluster-metrics');
  const [commonjs, esm] = ['cjs', 'esm'].map((name) => join(folder, name));
  const compiler = at('node_modules', 'typescript', 'bin', 'tsc');
  const project = join(source, 'tsconfig.cjs.json');
  const { status } = run(process.execPath, [compiler, '-p', project, '--outDir', commonjs]);
  if (status !== 0) fail('The build of cluster-metrics for CommonJS failed; the lines above say where.');
  for (const name of readdirSync(folder, { recursive: true })) {
    if (name.endsWith('.d.ts')) copyFileSync(join(folder, name), join(commonjs, name));
  }
  writeFileSync(join(commonjs, 'package.json'), '{ "type": "commonjs" }\n');
  mkdirSync(esm);
  for (const entry of ['index', 'prom-client', 'prometheus-io']) {
    for (const extension of ['js', 'd.ts']) {
      writeFileSync(join(esm, `${entry}.${extension}`), `export * from '../cjs/${entry}.js';\n`);
    }
  }
  for (const name of ['package.json', 'README.md']) copyFileSync(join(source, name), join(folder, name));
  copyFileSync(at('LICENSE'), join(folder, 'LICENSE'));
}

function isDebian() {
  return process.platform === 'linux' && has('apt-get');
}

function installPrograms(purpose) {
  const missing = programs.filter(
    ({ purposes, commands, unless }) => purposes.includes(purpose) && !unless?.(purpose) && !commands.some(has),
  );
  if (missing.length === 0) return;
  const packages = missing.flatMap((program) => program.package.split(' '));
  if (isDebian() && process.getuid?.() === 0) {
    say(`Installing ${packages.join(', ')} with apt-get ...`);
    const env = { ...cleanEnvironment(), DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const quiet = { env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' };
    const updated = run('apt-get', ['update', '-q'], quiet);
    const installed = run('apt-get', ['install', '-qy', '--no-install-recommends', ...packages], quiet);
    if (installed.status === 0 && missing.every(({ commands }) => commands.some(has))) return;
    say(`  apt-get failed: ${firstLine(installed.stderr) || firstLine(updated.stderr) || 'it gave no reason'}`);
  }
  for (const program of missing) {
    const command =
      process.platform === 'darwin' && program.brew !== undefined
        ? `brew install ${program.brew}`
        : `sudo apt-get install --no-install-recommends ${program.package}`;
    process.stderr.write(
      `\nThis machine has no ${program.commands[0]} (${program.what}). Install it: ${command}${program.instead ? `, ${program.instead}` : ''}.\n`,
    );
  }
  process.exit(1);
}

function firstLine(text) {
  return (text ?? '').split('\n').find((line) => line.trim() !== '' && !line.startsWith('W:')) ?? '';
}

const purpose = process.argv[2] ?? 'start';
if (!['start', 'test', 'desks', 'build'].includes(purpose)) {
  fail('Usage: node scripts/bootstrap.mjs start|test|desks|build');
}
checkNode();
installPackages();
build();
if (purpose === 'test') installOtherVersions();
if (purpose !== 'build') installPrograms(purpose);

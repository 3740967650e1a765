#!/usr/bin/env node
// `npm test`: every check, in the order of how soon it can say no. A stage that fails ends the run.
// `npm test -- --desks`: also test/desks, beside the system tests. `npm run test:desks` runs them by themselves.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newerNode } from './newer-node.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = mkdtempSync(join(tmpdir(), 'ticket-enhancer-test-'));
const node = (...args) => [process.execPath, args];
const jest = (name, ...args) =>
  node(
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${join(results, `${name}.json`)}`,
    ...args,
  );
const tsx = (...args) => node('--import', 'tsx', ...args);

/**
 * Of unit and integration tests, those of what has to be covered; system tests run the build in processes of its own. By
 * themselves, because V8 counts all code that a test process has ever loaded again after each file: with coverage for all of
 * them, the last ones take many times as long as the first.
 */
const fast = ['--selectProjects', 'unit', 'integration'];
const ofMetrics = ['/cluster-metrics/', '/telemetry/', '/admin/metrics-'];

/** The tests of cluster-metrics, over the other client than the one that the service uses. It needs Node 22 or newer. */
const successor = '@prometheus-io/client';
const successorStage = `cluster-metrics over ${successor}`;
const overSuccessor = [...fast, 'system'];
const ofTheLibrary = ['--testPathPatterns', '/cluster-metrics/', 'system/cluster-metrics'];

const system = ['--selectProjects', 'system'];
const desks = process.argv.includes('--desks') ? ['desks'] : [];
const files = (...names) => names.map((name) => `test/system/${name}\\.test\\.ts$`);

/** Of tests that wait more than they work, one for each core would leave the machine idle. */
const threeAtATime = '--maxWorkers=3';

/** System tests that hold the service to a time and leave the machine idle: nothing but each other runs beside them. */
const timed = files('chaos', 'redis-cluster', 'redis-failover', 'redis-states');

/** System tests that load the service until it is busy, or that hold its own work to a time: nothing runs beside them. */
const alone = files('exactness', 'hostile-histories', 'large-inventory', 'signals', 'stored-index');

const stages = [
  ['format', node('node_modules/@biomejs/biome/bin/biome', 'check', '.')],
  ['lint and import rules', node('node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings')],
  ['types', node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.check.json')],
  ['types of the status page', node('node_modules/typescript/bin/tsc', '-p', 'src/admin/status/browser')],
  ['generated files', tsx('scripts/docs.ts', '--check')],
  ['unit and integration tests', jest('fast', ...fast, '--testPathIgnorePatterns', ...ofMetrics)],
  ['the same of metrics, with coverage', jest('covered', ...fast, '--coverage', '--testPathPatterns', ...ofMetrics)],
  [successorStage, [newerNode(), jest('successor', ...overSuccessor, ...ofTheLibrary)[1]]],
  [
    ['system tests', ...desks].join(' and '),
    jest('system', ...system, ...desks, threeAtATime, '--testPathIgnorePatterns', ...timed, ...alone),
  ],
  ['system tests, held to times', jest('timed', ...system, '--testPathPatterns', ...timed)],
  ['system tests, alone', jest('alone', ...system, '--runInBand', '--testPathPatterns', ...alone)],
];

let failedStage;
for (const [name, [command, args]] of stages) {
  const start = Date.now();
  console.log(`\n=== ${name}`);
  if (command === undefined) {
    console.log(`=== ${name}: not run, because it needs Node 22 or newer, and npm has none for this platform`);
    continue;
  }
  const env = { ...process.env, ...(name === successorStage ? { METRICS_CLIENT: successor } : {}) };
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  console.log(`=== ${name}: ${status === 0 ? 'ok' : 'FAILED'} after ${((Date.now() - start) / 1000).toFixed(1)} s`);
  if (status === 0) continue;
  failedStage = name;
  break;
}

const total = { passed: 0, failed: 0 };
for (const name of ['fast', 'covered', 'successor', 'system', 'timed', 'alone']) {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(join(results, `${name}.json`), 'utf8'));
    total.passed += numPassedTests;
    total.failed += numFailedTests;
  } catch {
    continue; // the run ended before this stage
  }
}
rmSync(results, { recursive: true, force: true });
if (failedStage !== undefined) console.log(`\nnpm test stopped at: ${failedStage}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(failedStage === undefined ? 0 : 1);

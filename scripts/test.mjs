#!/usr/bin/env node
// `npm test`: every check, in the order of how soon it can say no. A stage that fails ends the run.
// `npm test -- --desks`: also test/desks, beside the system tests. `npm run test:desks` runs them by themselves.
// `npm test -- --second-try`, as continuous integration runs it: up to three test files of a stage that fail run once more, by
// themselves. Those that pass then do not stop the run, and its last lines name them as flaky, which is a fault to be mended.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newerNode } from './newer-node.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = mkdtempSync(join(tmpdir(), 'ticket-enhancer-test-'));
const node = (...args) => ({ command: process.execPath, args });
const resultsFile = (name) => join(results, `${name}.json`);
/** @param name of the file of results */
const jest = (name, ...args) => ({
  ...node(
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${resultsFile(name)}`,
    ...args,
  ),
  name,
});
const tsx = (...args) => node('--import', 'tsx', ...args);

/**
 * Of unit and integration tests, those of what has to be covered; system tests run the build in processes of its own. By
 * themselves, because V8 counts all code that a test process has ever loaded again after each file: with coverage for all of
 * them, the last ones take many times as long as the first.
 */
const fast = ['--selectProjects', 'unit', 'integration'];
const ofMetrics = ['/cluster-metrics/', '/telemetry/', '/admin/metrics-', '/metrics-endpoint', 'unit/metrics'];

/** The tests of cluster-metrics, over the other client than the one that the service uses. It needs Node 22 or newer. */
const successor = '@prometheus-io/client';
const successorStage = `cluster-metrics over ${successor}`;
const overSuccessor = [...fast, 'system'];
const ofTheLibrary = ['--testPathPatterns', '/cluster-metrics/', 'system/cluster-metrics'];

const system = ['--selectProjects', 'system'];
const desks = process.argv.includes('--desks') ? ['desks'] : [];
const files = (...names) => names.map((name) => `test/system/${name}\\.test\\.ts$`);

/** Without the end of a worker process, jest would wait for what a test that fails has left open. */
const byThemselves = ['--runInBand', '--forceExit'];

/** Tests wait a large part of their time: one file for each core would leave the machine idle. */
const threeAtATime = '--maxWorkers=3';

/** System tests that hold the service to a time. Only each other, and tests that mostly wait or load the machine briefly, run beside them. */
const timed = files('chaos', 'hostile-histories', 'prometheus', 'redis-cluster', 'redis-failover', 'redis-states');

/** System tests that load the service until it is busy, or that hold its own work to a time: nothing runs beside them. */
const alone = files('exactness', 'large-inventory', 'signals', 'stored-index');

/** @typedef {{ command?: string, args: string[], name?: string }} Stage */
/** @type {[title: string, stage: Stage][]} */
const stages = [
  ['format', node('node_modules/@biomejs/biome/bin/biome', 'check', '.')],
  ['lint and import rules', node('node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings')],
  ['types', node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.check.json')],
  ['types of the status page', node('node_modules/typescript/bin/tsc', '-p', 'src/admin/status/browser')],
  ['generated files', tsx('scripts/docs.ts', '--check')],
  ['unit and integration tests', jest('fast', ...fast, threeAtATime, '--testPathIgnorePatterns', ...ofMetrics)],
  ['the same of metrics, with coverage', jest('covered', ...fast, '--coverage', '--testPathPatterns', ...ofMetrics)],
  [successorStage, { ...jest('successor', ...overSuccessor, ...ofTheLibrary), command: newerNode() }],
  [
    ['system tests', ...desks].join(' and '),
    jest('system', ...system, ...desks, threeAtATime, '--testPathIgnorePatterns', ...timed, ...alone),
  ],
  ['system tests, held to times', jest('timed', ...system, threeAtATime, '--testPathPatterns', ...timed)],
  ['system tests, alone', jest('alone', ...system, ...byThemselves, '--testPathPatterns', ...alone)],
];

/** What jest wrote about a run; none: it ended before that. */
function resultsOf(name) {
  try {
    return JSON.parse(readFileSync(resultsFile(name), 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  }
}

const total = { passed: 0, failed: 0 };
const flaky = [];

/** @returns true: the stage is green, at once or at the second try */
function runStage({ command, args, name }, env) {
  const run = (its) => spawnSync(command, its, { cwd: root, stdio: 'inherit', env }).status === 0;
  const green = run(args);
  if (name === undefined) return green;
  const { numPassedTests, numFailedTests, testResults } = resultsOf(name);
  total.passed += numPassedTests;
  total.failed += numFailedTests;
  const files = testResults.filter(({ status }) => status === 'failed').map((file) => relative(root, file.name));
  if (green || !process.argv.includes('--second-try') || files.length === 0 || files.length > 3) return green;
  console.log(`\n=== once more, by themselves: ${files.join(', ')}`);
  if (!run(jest(`${name} again`, ...byThemselves, '--runTestsByPath', ...files).args)) return false;
  total.passed += numFailedTests;
  total.failed -= numFailedTests;
  flaky.push(...files);
  return true;
}

/** @type {string | undefined} */
let failedStage;
for (const [title, stage] of stages) {
  const start = Date.now();
  console.log(`\n=== ${title}`);
  if (stage.command === undefined) {
    console.log(`=== ${title}: not run, because it needs Node 22 or newer, and npm has none for this platform`);
    continue;
  }
  const env = { ...process.env, ...(title === successorStage ? { METRICS_CLIENT: successor } : {}) };
  const green = runStage(stage, env);
  console.log(`=== ${title}: ${green ? 'ok' : 'FAILED'} after ${((Date.now() - start) / 1000).toFixed(1)} s`);
  if (green) continue;
  failedStage = title;
  break;
}

rmSync(results, { recursive: true, force: true });
if (failedStage !== undefined) console.log(`\nnpm test stopped at: ${failedStage}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
for (const file of flaky) console.log(`FLAKY: ${file} passed only at its second try`);
process.exit(failedStage === undefined ? 0 : 1);

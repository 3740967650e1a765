import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parseExposition, valueOf } from '../support/exposition.js';
import { clientName } from '../support/metrics-client.js';
import {
  addExample,
  createProject,
  libraryEntry as entry,
  libraryName as name,
  type Packed,
  packLibrary,
  removeProjects,
} from '../support/packed-library.js';
import { freePort } from '../support/free-port.js';

/** The package as others get it: packed from the build, installed in an empty project that has nothing but a client. */

const run = promisify(execFile);
const root = process.cwd();
const bytesAtMost = 100_000;

/** Node without its own way to `require` ECMAScript modules, as releases before 20.19 are. */
const node = (cwd: string, ...args: readonly string[]) =>
  run(process.execPath, ['--no-experimental-require-module', ...args], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '' },
  });

let packed: Packed;

beforeAll(async () => {
  packed = await packLibrary();
});

afterAll(removeProjects);

it('is small, and holds its modules, types, README and licence alone', () => {
  expect(packed.size).toBeLessThan(bytesAtMost);
  const others = packed.files.map(({ path }) => path).filter((path) => !/^(cjs|esm)\/.*\.(js|d\.ts)$/.test(path));
  expect(others.sort()).toEqual(['LICENSE', 'README.md', 'cjs/package.json', 'package.json']);
});

it('depends on nothing, and its clients are optional', async () => {
  const manifest = JSON.parse(await readFile('dist/cluster-metrics/package.json', 'utf8')) as Record<string, object>;
  expect(manifest['dependencies']).toBeUndefined();
  expect(Object.keys(manifest['peerDependencies'] ?? {})).toEqual(['@prometheus-io/client', 'prom-client']);
  for (const meta of Object.values(manifest['peerDependenciesMeta'] ?? {})) expect(meta).toEqual({ optional: true });
  const project = await createProject(packed);
  expect((await readdir(join(project, 'node_modules'))).filter((one) => !one.startsWith('.'))).toEqual([
    '@ticket-enhancer',
  ]);
  await writeFile(
    join(project, 'main.mjs'),
    `import { defineMetrics } from '${name}';\nconsole.log(typeof defineMetrics);`,
  );
  expect((await node(project, 'main.mjs')).stdout).toBe('function\n');
});

describe('in JavaScript', () => {
  const body = `
    const registry = new ClusterRegistry();
    new Counter({ name: 'jobs_total', help: 'Jobs' }).inc(3);
    registry.clusterMetrics().then((text) => {
      console.log(text.split('\\n').filter((line) => line.startsWith('jobs_total')).join());
      registry.close();
    });`;
  const modules = [
    [
      'an ECMAScript module',
      'main.mjs',
      `import { Counter } from '${clientName}';\nimport { ClusterRegistry } from '${entry}';`,
    ],
    [
      'a CommonJS module',
      'main.cjs',
      `const { Counter } = require('${clientName}');\nconst { ClusterRegistry } = require('${entry}');`,
    ],
  ] as const;

  it.each(modules)('works in %s', async (_kind, file, head) => {
    const project = await createProject(packed, clientName);
    await writeFile(join(project, file), head + body);
    expect((await node(project, file)).stdout).toBe('jobs_total{role="primary",slot="0"} 3\n');
  });

  it('is one implementation for both kinds of modules in one program', async () => {
    const project = await createProject(packed, clientName);
    await writeFile(
      join(project, 'main.mjs'),
      `import { createRequire } from 'node:module';
       import * as imported from '${entry}';
       const required = createRequire(import.meta.url)('${entry}');
       console.log(imported.ClusterRegistry === required.ClusterRegistry, Object.keys(required).filter((name) => !(name in imported)));`,
    );
    expect((await node(project, 'main.mjs')).stdout).toBe('true []\n');
  });

  it('shares what a process has once with another copy of itself', async () => {
    const project = await createProject(packed, clientName);
    const copy = join(project, 'node_modules', 'other', 'node_modules');
    await cp(join(project, 'node_modules', '@ticket-enhancer'), join(copy, '@ticket-enhancer'), { recursive: true });
    await writeFile(
      join(project, 'node_modules', 'other', 'index.js'),
      `exports.start = require('${entry}').startReporter; exports.url = __filename;`,
    );
    await writeFile(
      join(project, 'main.cjs'),
      `const { startReporter } = require('${entry}');
       const other = require('other');
       const channel = { send: (_message, done) => setImmediate(done, null), open: ({ opened }) => (opened(), () => {}) };
       console.log(other.start === startReporter);
       const reporter = startReporter({ channel });
       try { other.start({ channel }); } catch ({ code }) { console.log(code); }
       reporter.stop().then(() => process.exit(0));`,
    );
    expect((await node(project, 'main.cjs')).stdout).toBe('false\nREPORTER_RUNNING\n');
  });

  it('loads in jest without its mode for ECMAScript modules', async () => {
    const project = await createProject(packed, clientName);
    await writeFile(join(project, 'jest.config.js'), "module.exports = { testEnvironment: 'node', watchman: false };");
    await writeFile(
      join(project, 'one.test.js'),
      `test('loads', () => expect(typeof require('${entry}').ClusterRegistry).toBe('function'));`,
    );
    await node(project, join(root, 'node_modules/jest/bin/jest.js'), '--rootDir', project);
  });
});

describe('in TypeScript', () => {
  const program = (metrics: string) => `
import { Counter, register } from '${clientName}';
import { ClusterRegistry, type ClusterRegistryOptions, createInstruments, createScrapeHandler, defineMetrics, startReporter } from '${entry}';
import type { Reporter } from '${name}';
import { createServer } from 'node:http';

const options: ClusterRegistryOptions = { staleAfterMs: 1000, registries: [register] };
const registry = new ClusterRegistry(options);
const text: Promise<string> = registry.clusterMetrics();
const whole: Promise<string> = registry.getSingleMetricAsString('x');
createServer(createScrapeHandler(registry)).close();
ClusterRegistry.setRegistries(register);
const catalog = defineMetrics({
  jobs_total: { type: 'counter', help: 'Jobs', labels: { status: ['done', 'failed'] }, useCase: 'How many?' },
});
const reporter: Reporter = startReporter({ identity: { slot: '0' } });
createInstruments(catalog, register, reporter.tracker).jobs_total.with({ status: 'done' }).inc();
// @ts-expect-error A status that the catalog has not.
createInstruments(catalog, register, reporter.tracker).jobs_total.with({ status: 'other' }).inc();
new Counter({ name: 'x_total', help: 'X' }).inc();
${metrics}
export { text, whole };
`;
  const faults = async (compiler: string, project: string): Promise<string> => {
    const ran = run(process.execPath, [compiler, '-p', project]);
    const { stdout, stderr } = await ran.catch((error: { stdout: string; stderr: string }) => error);
    return stdout + stderr;
  };
  const newest = resolve('node_modules/typescript/bin/tsc');
  const last5 = resolve('test/versions/node_modules/typescript/bin/tsc');
  const resolutions = [
    ['node16 from an ECMAScript module', newest, 'main.mts', { module: 'node16' }],
    ['node16 from a CommonJS module', newest, 'main.cts', { module: 'node16' }],
    ['bundler', newest, 'main.ts', { module: 'esnext', moduleResolution: 'bundler' }],
    ['node10', last5, 'main.ts', { module: 'commonjs', moduleResolution: 'node10' }],
  ] as const;

  it.each(resolutions)(
    'has types for %s',
    async (_resolution, compiler, file, options) => {
      const project = await createProject(packed, clientName, '@types/node');
      await writeFile(join(project, file), program(''));
      const compilerOptions = { target: 'es2022', strict: true, noEmit: true, types: ['node'], ...options };
      await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
      expect(await faults(compiler, project)).toBe('');
    },
    120_000,
  );

  it('has types for a program without any client', async () => {
    const project = await createProject(packed, '@types/node');
    await writeFile(
      join(project, 'main.ts'),
      `import { startReporter } from '${name}';\nexport const start = startReporter;`,
    );
    const compilerOptions = { target: 'es2022', module: 'node16', strict: true, noEmit: true, types: ['node'] };
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
    expect(await faults(newest, project)).toBe('');
  });
});

describe('its examples', () => {
  /** Starts an example as a reader would, and ends it. */
  async function withExample(file: string, use: (urls: { app: string; metrics: string }) => Promise<void>) {
    const project = await createProject(packed, clientName);
    await addExample(project, file);
    const [port, metricsPort] = [await freePort(), await freePort()];
    const env = { PATH: process.env['PATH'], PORT: String(port), METRICS_PORT: String(metricsPort) };
    const example = spawn(process.execPath, [file], { cwd: project, env, stdio: 'ignore' });
    try {
      await use({ app: `http://127.0.0.1:${port}`, metrics: `http://127.0.0.1:${metricsPort}/metrics` });
    } finally {
      const ended = once(example, 'exit');
      example.kill('SIGKILL');
      await ended;
    }
  }

  /** Undefined: nobody listens, or the child that answered was killed. */
  const read = async (url: string) => (await fetch(url).catch(() => undefined))?.text();

  async function firstOf(url: string): Promise<string> {
    for (;;) {
      const answer = await read(url);
      if (answer !== undefined) return answer;
      await sleep(50);
    }
  }

  it('run, and lose nothing with a child: cluster-metrics.mjs', async () => {
    await withExample('cluster-metrics.mjs', async ({ app, metrics }) => {
      const greeting = await firstOf(app);
      let greetings = 1;
      process.kill(Number(/\d+/.exec(greeting)?.[0]), 'SIGKILL');
      for (let i = 0; i < 20; i++) if ((await read(app)) !== undefined) greetings++;
      expect(valueOf(parseExposition(await firstOf(metrics)), 'greetings_total')).toBe(greetings);
    });
  });

  it('run: from-aggregator-registry.mjs', async () => {
    await withExample('from-aggregator-registry.mjs', async ({ app, metrics }) => {
      for (let i = 0; i < 5; i++) await firstOf(app);
      // Nothing commits there: the last frame may come a moment after its answer.
      while (valueOf(parseExposition(await firstOf(metrics)), 'greetings_total') !== 5) await sleep(20);
    });
  });
});

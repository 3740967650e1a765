import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type Exposition, parseExposition, valueOf } from '../support/exposition.js';
import { freePort } from '../support/free-port.js';
import { clientName } from '../support/metrics-client.js';
import { afterTest, temporaryFolder } from '../support/opened.js';
import { addExample, createProject, packLibrary, removeProjects } from '../support/packed-library.js';
import { runPm2 } from '../support/pm2.js';
import { until } from '../support/service.js';
import { watchCounters } from '../support/watcher.js';

/** Real processes and threads of each kind, ended right after what they were told is safe. */

let folder: string;
let socket: string;

beforeEach(() => {
  folder = temporaryFolder();
  socket = join(folder, 'run', 'metrics.sock');
});

/** A project that has the packed library, its examples and a client. */
let project: string;
let collectorFile: string;

beforeAll(async () => {
  project = await createProject(await packLibrary(), clientName);
  collectorFile = join(project, 'node_modules/.bin/cluster-metrics-collector');
  for (const file of ['child-process.mjs', 'worker-threads.mjs', 'pm2.mjs']) await addExample(project, file);
});

afterAll(removeProjects);

function start(file: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  afterTest(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  });
  return child;
}

async function startCollector(): Promise<{ readonly process: ChildProcess; readonly url: string }> {
  const collector = start(collectorFile, ['--socket', socket, '--port', '0']);
  if (collector.stdout === null) throw new Error('no stdout');
  const [line] = (await once(createInterface({ input: collector.stdout }), 'line')) as [string];
  const url = /http:\S+(?=\/metrics)/.exec(line)?.[0];
  if (url === undefined) throw new Error(`no address in: ${line}`);
  return { process: collector, url };
}

async function scrape(url: string): Promise<Exposition> {
  return parseExposition(await (await fetch(`${url}/metrics`)).text());
}

interface Seen {
  /** Scrapes that showed less than was safe, and that showed less than the one before. */
  readonly missing: readonly unknown[];
  readonly decreases: readonly unknown[];
  readonly told: number;
  readonly counted: number;
  /** Printed lines while three children lived, and after them. */
  readonly level: readonly string[];
  readonly own: readonly string[];
  readonly left: readonly string[];
}

async function run(kind: string, kills: number): Promise<Seen> {
  const program = spawn(process.execPath, ['test/system/children-program.mjs'], {
    env: {
      PATH: process.env['PATH'],
      METRICS_CLIENT: clientName,
      KIND: kind,
      LEDGER_DIR: folder,
      KILLS: String(kills),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await text(program.stdout)) as Seen;
}

describe.each(['cluster', 'process', 'thread', 'socket'])('children of the kind %s', (kind) => {
  it('lose nothing that they were told is counted when they are ended right after', async () => {
    const kills = 12;
    const { missing, decreases, told, counted, level, own, left } = await run(kind, kills);
    expect(missing).toEqual([]);
    expect(decreases).toEqual([]);
    // An end may fall between the frame and the note of it, once for each child: never the other way round.
    expect(counted).toBeGreaterThanOrEqual(told);
    expect(counted).toBeLessThanOrEqual(told + kills + 3);
    // Live gauges are those of three children, each told from the others, and gone with them.
    expect(level).toEqual(['level 3']);
    expect(new Set(own).size).toBe(3);
    expect(left).toEqual([]);
  });
});

describe('the examples of docs/cluster-metrics.md', () => {
  it.each([
    ['child-process.mjs', 'jobs_total'],
    ['worker-threads.mjs', 'computed_total'],
  ])(
    '%s runs, and its children end without a count going back',
    async (file, name) => {
      const port = await freePort();
      start(join(project, file), [], { METRICS_PORT: String(port) });
      const url = `http://127.0.0.1:${port}`;
      await until('it serves', async () => (await fetch(url).catch(() => undefined))?.ok === true);
      const watcher = watchCounters(() => scrape(url));
      await until('twenty children have counted and ended', async () => {
        await watcher.look();
        return (valueOf(await scrape(url), name) ?? 0) >= 20;
      });
      expect(watcher.decreases).toEqual([]);
    },
    60_000,
  );
});

describe('cluster-metrics-collector', () => {
  it('serves what processes report that it did not start, and takes its socket away at its end', async () => {
    const { process: collector, url } = await startCollector();
    const port = await freePort();
    start(join(project, 'pm2.mjs'), [], { METRICS_SOCKET: socket, PORT: String(port), NODE_APP_INSTANCE: '3' });
    const greet = async () => (await fetch(`http://127.0.0.1:${port}`).catch(() => undefined))?.text();
    await until('it greets', async () => (await greet()) !== undefined);
    const answer = await scrape(url);
    expect(valueOf(answer, 'greetings_total')).toBe(1);
    expect(valueOf(answer, 'cluster_child_report_age_seconds', { role: 'web', slot: '3' })).toBeLessThan(5);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(url)).status).toBe(404);
    const ended = once(collector, 'exit');
    collector.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(existsSync(socket)).toBe(false);
  });

  it('is found again after it was killed, counts from zero what happens since, and nothing twice', async () => {
    const first = await startCollector();
    const port = await freePort();
    start(join(project, 'pm2.mjs'), [], { METRICS_SOCKET: socket, PORT: String(port) });
    const greet = async () => (await fetch(`http://127.0.0.1:${port}`).catch(() => undefined))?.text();
    await until('it greets', async () => (await greet()) !== undefined);
    for (let i = 0; i < 4; i++) await greet();
    expect(valueOf(await scrape(first.url), 'greetings_total')).toBe(5);
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');
    for (let i = 0; i < 3; i++) expect(await greet()).toContain('hello');
    const { url } = await startCollector();
    await until('it is found', async () => valueOf(await scrape(url), 'instances') === 1);
    expect(valueOf(await scrape(url), 'greetings_total')).toBe(3);
    await greet();
    expect(valueOf(await scrape(url), 'greetings_total')).toBe(4);
  });

  it('does not listen for processes when its port is taken: what they hand over would be lost', async () => {
    const { url } = await startCollector();
    const other = join(dirname(socket), 'other.sock');
    const { status, stderr } = spawnSync(
      process.execPath,
      [collectorFile, '--socket', other, '--port', new URL(url).port],
      { encoding: 'utf8' },
    );
    expect(status).toBe(1);
    expect(stderr).toContain('EADDRINUSE');
    expect(existsSync(other)).toBe(false);
  });

  it('refuses the socket of another one, and arguments that it does not know, with a sentence', async () => {
    await startCollector();
    const run = (...args: string[]) => spawnSync(process.execPath, [collectorFile, ...args], { encoding: 'utf8' });
    const second = run('--socket', socket, '--port', '0');
    expect(second.status).toBe(1);
    expect(second.stderr).toContain('belongs to another primary, which is running');
    for (const args of [
      [],
      ['--socket', socket, '--port', '70000'],
      ['--socket', socket, '--mode', '9'],
      ['--sokcet', 'x'],
    ]) {
      const { status, stderr } = run(...args);
      expect(status).toBe(78);
      expect(stderr).toContain('Usage: cluster-metrics-collector');
    }
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('Usage:') });
  });
});

describe('under PM2 in cluster mode', () => {
  let port: number;
  const pm2 = (...args: string[]): Promise<string> =>
    runPm2(folder, args, { METRICS_SOCKET: socket, PORT: String(port) });

  it('two instances are one aggregate, which loses nothing when one is killed or all are reloaded', async () => {
    afterTest(() => pm2('kill'));
    port = await freePort();
    const metricsPort = await freePort();
    const url = `http://127.0.0.1:${metricsPort}`;
    await pm2('start', collectorFile, '--name', 'metrics', '--', '--socket', socket, '--port', String(metricsPort));
    await pm2('start', join(project, 'pm2.mjs'), '--name', 'app', '-i', '2');
    let greetings = 0;
    // A request to an instance that is just being killed is never answered: it may have been counted, or not.
    let unanswered = 0;
    const greet = async () => {
      try {
        const signal = AbortSignal.timeout(1000);
        const answer = await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' }, signal });
        greetings += 1;
        return await answer.text();
      } catch {
        unanswered += 1;
        return undefined;
      }
    };
    const instances = async () => valueOf(await scrape(url).catch(() => parseExposition('')), 'instances');
    await until('both report', async () => (await instances()) === 2);
    const answered = new Set<string | undefined>();
    await until('both have greeted', async () => answered.add(await greet()).size === 2);
    const watcher = watchCounters(() => scrape(url));
    const victim = Number(/\d+/.exec((await greet()) ?? '')?.[0]);
    process.kill(victim, 'SIGKILL');
    await watcher.look();
    await until('PM2 has replaced it', async () => {
      await greet();
      await watcher.look();
      return !(await greet())?.includes(String(victim)) && (await instances()) === 2;
    });
    await pm2('reload', 'app');
    await until('both report again', async () => (await instances()) === 2);
    for (let i = 0; i < 10; i++) await greet();
    const answer = await scrape(url);
    expect(valueOf(answer, 'greetings_total')).toBeGreaterThanOrEqual(greetings);
    expect(valueOf(answer, 'greetings_total')).toBeLessThanOrEqual(greetings + unanswered);
    expect(watcher.decreases).toEqual([]);
    const slots = answer.samples
      .filter(({ name, labels }) => name === 'cluster_child_report_age_seconds' && labels['role'] === 'web')
      .map(({ labels }) => labels['slot']);
    expect(slots.sort()).toEqual(['0', '1']);
  });
});

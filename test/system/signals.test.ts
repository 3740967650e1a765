import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesNaming, processesWith } from '../../chaos/processes.js';
import { commandLine } from '../support/command-line.js';
import { openService } from '../support/of-test.js';
import { childrenOf, commandLineOf, runningMsUntil, untilSignalsAreCaught } from '../support/proc.js';
import { by, mainProgram, oneEach, processExists, until } from '../support/service.js';

/** Signals at any moment of a start, in a process of its own and as PID 1 of a namespace of its own. */

interface Starting {
  /** Of the service, as seen from here. */
  readonly pid: number;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
  /** Its processes that are there now. */
  readonly processes: () => Promise<readonly number[]>;
}

/** On a busy machine. */
const startMs = 60_000;

const namespace = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const mayUnshare = spawnSync('unshare', [...namespace, 'true']).status === 0;
if (!mayUnshare) process.stdout.write('Signals as PID 1 are not tested: this user may not unshare.\n');

const ways = {
  'in a process of its own': [],
  ...(mayUnshare ? { 'as PID 1': ['unshare', ...namespace] } : {}),
} as const satisfies Record<string, readonly string[]>;

async function begin(wrapper: readonly string[], script: readonly string[] = [mainProgram]): Promise<Starting> {
  const [program = '', ...args] = [...wrapper, process.execPath, ...script];
  const service = await openService({ env: oneEach, unready: true, spawned: by(program, ...args) });
  let { pid } = service;
  if (wrapper.length > 0) {
    await until('the namespace has its first process', () => childrenOf(service.pid).length > 0);
    pid = childrenOf(service.pid)[0] ?? 0;
    await until('it is Node', () => commandLineOf(pid).includes(script.at(-1) ?? ''));
  }
  await untilSignalsAreCaught(pid);
  const dataDir = join(service.folder, 'data');
  const processes = async () => [...(await processesWith('DATA_DIR', dataDir)), ...(await processesNaming(dataDir))];
  return { pid, output: service.output, ended: service.ended.then(({ code }) => code), processes };
}

describe.each(Object.entries(ways))('a start %s', (_way, wrapper) => {
  it.each([0, 10, 30, 60, 100, 150, 200, 250, 300, 400, 500, 700, 900, 1200, 1500])(
    'that is told to end %d ms after its first line ends with 0, with all that it began, in under a second until a child serves',
    async (ms) => {
      const service = await begin(wrapper);
      await sleep(ms);
      const tookMs = runningMsUntil(service.ended, [service.pid, ...childrenOf(service.pid)]);
      process.kill(service.pid, ms % 20 === 0 ? 'SIGTERM' : 'SIGINT');
      expect([await service.ended, service.output()]).toEqual([
        0,
        expect.not.stringMatching(/"level":"(error|fatal)"/),
      ]);
      // A child that serves may have taken work, which it finishes.
      if (!service.output().includes('child is ready')) expect(await tookMs).toBeLessThan(1000);
      await until('nothing is left of it', async () => (await service.processes()).length === 0);
    },
  );

  it('that is told to reload serves first, then reloads once', async () => {
    const service = await begin(wrapper);
    process.kill(service.pid, 'SIGHUP');
    await sleep(50);
    process.kill(service.pid, 'SIGHUP');
    await until('it has reloaded', () => /reloaded: tenants read anew/.test(service.output()), startMs);
    process.kill(service.pid, 'SIGTERM');
    expect(await service.ended).toBe(0);
    expect(service.output().match(/reloaded: tenants read anew/g)).toHaveLength(1);
    expect(service.output()).not.toMatch(/"level":"(error|fatal)"/);
  });
});

it('the command line’s start obeys a signal before the service is loaded', async () => {
  const service = await begin([], [commandLine, 'start']);
  process.kill(service.pid, 'SIGTERM');
  expect(await service.ended).toBe(0);
});

it('children that get the terminal’s signals while they boot keep running', async () => {
  const service = await openService({ unready: true });
  const seen = new Set<number>();
  const signalNewChildren = async (): Promise<void> => {
    const children = childrenOf(service.pid).filter((pid) => commandLineOf(pid).includes('child-entry.js'));
    for (const pid of children.filter((child) => !seen.has(child))) {
      seen.add(pid);
      await untilSignalsAreCaught(pid);
      for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'] as const) process.kill(pid, signal);
    }
  };
  await until(
    'all children serve',
    async () => {
      await signalNewChildren();
      const children = await service.children().catch(() => []);
      return children.length === 4 && children.every(({ state }) => state === 'ready');
    },
    startMs,
  );
  expect(seen.size).toBe(4);
  expect((await service.children()).map(({ restarts }) => restarts)).toEqual([0, 0, 0, 0]);
  for (const pid of seen) expect(processExists(pid)).toBe(true);
});

it.each(['SIGUSR2', 'SIGQUIT'] as const)(
  '%s, which ends a process that does not catch it, drains too',
  async (signal) => {
    const service = await openService({ env: oneEach });
    expect(await service.stop(signal)).toEqual({ code: 0, signal: null });
    expect(service.output()).toMatch(/"stopping: running requests and jobs are finished first"/);
  },
);

it.each([
  ['--report-on-signal', /^report\..*\.json$/],
  ['--heapsnapshot-signal=SIGUSR2', /^Heap\..*\.heapsnapshot$/],
])('SIGUSR2 does not stop a service whose Node has it for %s', async (option, file) => {
  const service = await openService({ env: { ...oneEach, NODE_OPTIONS: option } });
  process.kill(service.pid, 'SIGUSR2');
  await until('the file is written', () => readdirSync(service.folder).some((name) => file.test(name)));
  expect((await service.ask('/healthz')).status).toBe(200);
  expect(await service.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(service.output()).not.toMatch(/"signal":"SIGUSR2"/);
});

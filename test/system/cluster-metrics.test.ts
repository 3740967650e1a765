import { beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseExposition, valueOf } from '../support/exposition.js';
import { afterTest, temporaryFolder } from '../support/opened.js';
import { watchCounters } from '../support/watcher.js';

/** Real forks, real signals, real HTTP. */

const runProgram = (name: string, env: Record<string, string> = {}) =>
  spawn(process.execPath, [`test/system/${name}.mjs`], {
    env: { ...process.env, ...env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });

let folder: string;
let url: string;

beforeEach(async () => {
  folder = temporaryFolder();
  const program = runProgram('cluster-metrics-program', { LEDGER_DIR: folder });
  afterTest(async () => {
    const ended = once(program, 'exit');
    program.kill('SIGKILL');
    await ended;
  });
  const [line] = (await once(createInterface({ input: program.stdout }), 'line')) as [string];
  url = `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}`;
  while ((await ledgers()) < 3) await sleep(20);
});

async function ledgers(): Promise<number> {
  return (await readdir(folder)).length;
}

/** How many updates somebody was told are safe. */
async function told(): Promise<number> {
  const sizes = await Promise.all((await readdir(folder)).map((name) => stat(join(folder, name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

async function scrape() {
  return parseExposition(await (await fetch(`${url}/metrics`)).text());
}

async function pids(): Promise<number[]> {
  return (await (await fetch(`${url}/pids`)).json()) as number[];
}

async function settled(): Promise<{ work: number; buckets: number; ends: number; told: number }> {
  await fetch(`${url}/quiet`);
  const answer = await scrape();
  const work = ['0', '1', '2'].reduce((sum, slot) => sum + (valueOf(answer, 'work_total', { slot }) ?? 0), 0);
  return {
    work,
    buckets: valueOf(answer, 'work_seconds_bucket', { le: '1' }) ?? 0,
    ends: valueOf(answer, 'ends_total') ?? 0,
    told: await told(),
  };
}

describe('a cluster whose children are killed', () => {
  it('loses nothing that anybody was told is counted, and no counter ever goes back', async () => {
    const watcher = watchCounters(scrape);
    const kills = 24;
    for (let kill = 0; kill < kills; kill++) {
      const alive = await pids();
      const victim = alive[kill % alive.length];
      if (victim !== undefined) process.kill(victim, 'SIGKILL');
      for (let i = 0; i < 10; i++) {
        await watcher.look();
        await sleep(15);
      }
    }
    const { work, buckets, ends, told: safe } = await settled();
    expect(watcher.decreases).toEqual([]);
    // A kill may fall between the frame and the note of it, once for each child that dies: never the other way round.
    expect(work).toBeGreaterThanOrEqual(safe);
    expect(work).toBeLessThanOrEqual(safe + kills);
    expect(buckets).toBe(work);
    // Every end was told twice (an odd one out for each child), and counted once.
    expect(ends).toBeGreaterThanOrEqual(work / 2);
    expect(ends).toBeLessThanOrEqual(work / 2 + kills + 3);
  });

  it('answers at once while a child is stopped, leaves its live gauges out, and takes it back', async () => {
    // A child writes to its ledger before its first frame is on its way.
    while (valueOf(await scrape(), 'level') !== 3) await sleep(20);
    const [victim] = await pids();
    if (victim === undefined) throw new Error('no child');
    const watcher = watchCounters(scrape);
    process.kill(victim, 'SIGSTOP');
    for (let live = 3; live !== 2; live = valueOf(await scrape(), 'level') ?? 0) await watcher.look();
    process.kill(victim, 'SIGCONT');
    for (let live = 2; live !== 3; live = valueOf(await scrape(), 'level') ?? 0) await watcher.look();
    const { work, told: safe } = await settled();
    expect(watcher.decreases).toEqual([]);
    expect(work).toBe(safe);
  });

  it('keeps its children’s memory flat while the primary is blocked', async () => {
    const rssOf = (processes: readonly number[]) =>
      Promise.all(
        processes.map(async (pid) => {
          const status = await readFile(`/proc/${pid}/status`, 'utf8');
          return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]);
        }),
      );
    await sleep(1000);
    const children = await pids();
    const before = await rssOf(children);
    await fetch(`${url}/block?ms=5000`);
    await sleep(4000);
    const during = await rssOf(children);
    for (const [i, kilobytes] of during.entries()) expect(kilobytes).toBeLessThan((before[i] ?? 0) + 20_000);
    const { work, told: safe } = await settled();
    expect(work).toBe(safe);
  });
});

describe('children that end as they begin to listen, some of them without a disconnect', () => {
  it('depart: what they counted stays, and nothing of them is live', async () => {
    const output = await text(runProgram('listen-and-exit-program').stdout);
    const { children, undisconnected, metrics } = JSON.parse(output) as {
      children: number;
      undisconnected: number;
      metrics: string;
    };
    const answer = parseExposition(metrics);
    expect(undisconnected).toBeGreaterThan(0);
    expect(valueOf(answer, 'begun_total')).toBe(children);
    expect(valueOf(answer, 'level')).toBeUndefined();
    expect(valueOf(answer, 'cluster_child_report_age_seconds')).toBeUndefined();
  });
});

describe('children with collect functions', () => {
  it('are asked by scrapes alone, and hold none up twice', async () => {
    const seen = JSON.parse(await text(runProgram('collect-program').stdout)) as Record<
      'runs' | 'mirrored' | 'lagSeconds' | 'first' | 'second',
      number
    >;
    expect(seen.runs).toBe(3);
    expect(seen.mirrored).toBe(300);
    expect(seen.lagSeconds).toBeGreaterThan(0.9);
    expect(seen.first).toBeGreaterThan(190);
    expect(seen.second).toBeLessThan(seen.first);
  });
});

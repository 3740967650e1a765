import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { embeddedSocketPath } from '../../src/redis/embedded/data-dir.js';
import { probeRedis } from '../../src/redis/embedded/redis-probe.js';
import { until } from './service.js';

/** Kills an embedded Redis, its keeper and its primary at random moments, and looks at what is left after each. */

export interface KeeperKillsOptions {
  readonly kills: number;
  /** 0 to 1. */
  readonly random: () => number;
  readonly say?: (text: string) => void;
}

export interface KeeperKillsReport {
  /** What did not hold, in sentences. */
  readonly twice: readonly string[];
  readonly orphans: readonly string[];
  readonly late: readonly string[];
  readonly slowestBackMs: number;
  readonly kinds: ReadonlyMap<KillName, number>;
}

interface Found {
  readonly keepers: readonly number[];
  /** Those that are being started count: their command line still has the wrapper. */
  readonly servers: readonly number[];
}

/** All processes that have the folder in their arguments, whoever their parent is. */
async function processesOf(folder: string): Promise<Found> {
  const keepers: number[] = [];
  const servers: number[] = [];
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  await Promise.all(
    pids.map(async (pid) => {
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (!commandLine.includes(folder)) return;
      if (commandLine.includes('redis-keeper.js')) keepers.push(pid);
      else if (!commandLine.includes('embedded-redis-primary.mjs')) servers.push(pid);
    }),
  );
  return { keepers, servers };
}

function kill(pids: readonly number[], signal: NodeJS.Signals = 'SIGKILL'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has just ended.
    }
  }
}

interface Scene {
  readonly folder: string;
  readonly primary: ChildProcess;
  readonly random: () => number;
}

/** Each returns whether the primary is dead. */
const killings = {
  async keeper({ folder }) {
    kill((await processesOf(folder)).keepers);
    return false;
  },
  async 'keeper, by TERM'({ folder }) {
    kill((await processesOf(folder)).keepers, 'SIGTERM');
    return false;
  },
  async redis({ folder }) {
    kill((await processesOf(folder)).servers);
    return false;
  },
  async 'keeper as it starts Redis'({ folder, random }) {
    kill((await processesOf(folder)).servers);
    await sleep(100 + random() * 50);
    kill((await processesOf(folder)).keepers);
    return false;
  },
  async 'keeper twice'({ folder, random }) {
    kill((await processesOf(folder)).keepers);
    await sleep(random() * 300);
    kill((await processesOf(folder)).keepers);
    return false;
  },
  async 'keeper and primary'({ folder, primary, random }) {
    const { keepers } = await processesOf(folder);
    if (random() < 0.5) kill(keepers);
    primary.kill('SIGKILL');
    kill(keepers);
    return true;
  },
  async primary({ primary }) {
    primary.kill('SIGKILL');
    return true;
  },
  async 'primary as Redis starts'({ folder, primary, random }) {
    kill((await processesOf(folder)).servers);
    await sleep(90 + random() * 60);
    primary.kill('SIGKILL');
    return true;
  },
  async 'primary as the keeper starts'({ folder, primary, random }) {
    kill((await processesOf(folder)).keepers);
    await sleep(random() * 300);
    primary.kill('SIGKILL');
    return true;
  },
} as const satisfies Record<string, (scene: Scene) => Promise<boolean>>;

export type KillName = keyof typeof killings;

const names = Object.keys(killings) as KillName[];
const backWithinMs = 5000;
/** Longest life between two kills. Milliseconds. */
const longestLifeMs = 400;
const sayEvery = 100;

async function answers(socketPath: string): Promise<boolean> {
  return (await probeRedis(socketPath))?.ready === true;
}

function startPrimary(folder: string): ChildProcess {
  return spawn(process.execPath, [resolve('test/support/embedded-redis-primary.mjs'), folder], {
    env: { PATH: process.env['PATH'] },
    stdio: 'ignore',
  });
}

export async function killKeepers({ kills, random, say }: KeeperKillsOptions): Promise<KeeperKillsReport> {
  const folder = await mkdtemp(join(tmpdir(), 'te-keeper-kills-'));
  const socketPath = embeddedSocketPath(folder);
  const report = { twice: [] as string[], orphans: [] as string[], late: [] as string[], slowestBackMs: 0 };
  const kinds = new Map<KillName, number>();
  let primary = startPrimary(folder);
  try {
    await until('Redis answers', () => answers(socketPath));
    for (let round = 1; round <= kills; round++) {
      const name = names[Math.floor(random() * names.length)] ?? 'keeper';
      const what = `kill ${round} (${name})`;
      if (round % sayEvery === 0) say?.(`kill ${round} of ${kills}`);
      await sleep(random() * longestLifeMs);
      kinds.set(name, (kinds.get(name) ?? 0) + 1);
      const primaryIsDead = await killings[name]({ folder, primary, random });
      const killedAtMs = performance.now();
      const holds = async (): Promise<boolean> => {
        const { servers, keepers } = await processesOf(folder);
        if (servers.length > 1) report.twice.push(`${what}: Redis runs as ${servers.join(' and ')}`);
        return primaryIsDead
          ? servers.length + keepers.length === 0
          : servers.length === 1 && (await answers(socketPath));
      };
      try {
        await until(primaryIsDead ? 'none is left' : 'Redis answers again', holds, backWithinMs);
      } catch {
        const { servers, keepers } = await processesOf(folder);
        const left = `${servers.length} servers and ${keepers.length} keepers after ${backWithinMs} ms`;
        (primaryIsDead ? report.orphans : report.late).push(`${what}: ${left}`);
        // The next rounds are to tell of themselves.
        primary.kill('SIGKILL');
        kill([...keepers, ...servers]);
      }
      report.slowestBackMs = Math.max(report.slowestBackMs, performance.now() - killedAtMs);
      if (primary.exitCode === null && primary.signalCode === null && !primary.killed) continue;
      if (primary.exitCode === null && primary.signalCode === null) await once(primary, 'exit');
      primary = startPrimary(folder);
      await until(`Redis answers after ${what}`, () => answers(socketPath));
    }
    primary.kill('SIGTERM');
    try {
      const none = async () => Object.values(await processesOf(folder)).flat().length === 0;
      await until('none is left', none, backWithinMs);
    } catch {
      report.orphans.push('the last stop left a process');
    }
    return { ...report, kinds };
  } finally {
    primary.kill('SIGKILL');
    const { servers, keepers } = await processesOf(folder);
    kill([...keepers, ...servers]);
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

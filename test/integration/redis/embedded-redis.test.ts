import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../../chaos/random.js';
import { createLogger } from '../../../src/logging/logger.js';
import { probeRedis } from '../../../src/redis/embedded/redis-probe.js';
import type { EmbeddedRedis } from '../../../src/redis/embedded/embedded-redis.js';
import { whyEmbeddedEnded } from '../../../src/redis/embedded/redis-log.js';
import { startEmbedded } from '../../support/embedded-redis.js';
import { killKeepers } from '../../support/keeper-kills.js';
import { temporaryFolder } from '../../support/opened.js';
import { processExists, until } from '../../support/service.js';

const pathOf = ({ url }: EmbeddedRedis): string => url.slice('unix://'.length);

async function pidOf(redis: EmbeddedRedis): Promise<number> {
  return (await probeRedis(pathOf(redis)))?.pid ?? 0;
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

describe('the embedded Redis', () => {
  it('is one or none, and back within 5 s, after 25 kills of it, its keeper and its primary at random moments', async () => {
    const seed = randomInt(2 ** 31);
    process.stdout.write(`keeper kills: seed ${seed}\n`);
    const { twice, orphans, late } = await killKeepers({ kills: 25, random: createRandom(seed) });
    expect({ seed, twice, orphans, late }).toEqual({ seed, twice: [], orphans: [], late: [] });
  }, 150_000);

  it('is started again with its keeper, and says so while it is away', async () => {
    const lines: string[] = [];
    const log = createLogger({
      level: 'info',
      role: 'test',
      slot: 0,
      destination: { write: (line) => lines.push(line) },
    });
    const redis = await startEmbedded(temporaryFolder(), { log });
    expect(redis.problem).toBeUndefined();
    const pid = await pidOf(redis);
    process.kill(parentOf(pid), 'SIGKILL');
    await until('the end is told', () => redis.problem !== undefined);
    expect(redis.problem).toMatch(
      /^The embedded Redis is started again: its keeper ended \(signal SIGKILL\)\. Its log is /,
    );
    await until('it serves again', () => redis.problem === undefined);
    await until('the one before is gone', () => !processExists(pid));
    expect(await pidOf(redis)).not.toBe(pid);
    expect(lines.join('')).toMatch(/its keeper ended[\s\S]*the embedded Redis serves again/);
    await redis.stop();
  });

  it('that ends is told in the log, with where its own log is', async () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const folder = temporaryFolder();
    const redis = await startEmbedded(folder, {
      log: createLogger({ level: 'info', role: 'primary', slot: 0, destination }),
    });
    process.kill(await pidOf(redis), 'SIGKILL');
    const told = () =>
      lines.map((line) => JSON.parse(line) as { level: string }).find(({ level }) => level === 'error');
    await until('the end is told', () => told() !== undefined);
    expect(told()).toMatchObject({
      role: 'primary',
      msg: 'the embedded Redis ended; it is started again',
      signal: 'SIGKILL',
      redis_log: join(folder, 'redis.log'),
    });
    await until('it serves again', () => lines.some((line) => line.includes('the embedded Redis serves again')));
    await redis.stop();
  });

  it('that cannot start again quotes the last line of its log', async () => {
    const folder = temporaryFolder();
    const redis = await startEmbedded(folder);
    const appendOnly = join(folder, 'appendonlydir');
    const manifest = readdirSync(appendOnly).find((name) => name.endsWith('.manifest')) ?? '';
    writeFileSync(join(appendOnly, manifest), 'not a manifest\n');
    process.kill(await pidOf(redis), 'SIGKILL');
    await until('the reason is known', () => /cannot start/.test(redis.problem ?? ''));
    expect(redis.problem).toMatch(
      /^The embedded Redis cannot start \(exit code 1\): .*[^.]\. Its log is .+redis\.log\.$/,
    );
    await redis.stop();
    await expect(startEmbedded(folder)).rejects.toMatchObject({ code: 'REDIS_DID_NOT_START' });
  });

  it('in a folder with a long name tells its clients why it ended, from its own log', async () => {
    const folder = join(temporaryFolder(), 'long'.repeat(30));
    const redis = await startEmbedded(folder);
    const socketPath = pathOf(redis);
    expect(socketPath).not.toContain('long');
    expect(whyEmbeddedEnded(socketPath)).toBeUndefined();
    appendFileSync(join(folder, 'redis.log'), '7:M 28 Nov 2026 10:00:00.000 # Error: the disk is broken\n');
    expect(whyEmbeddedEnded(socketPath)).toBe('Error: the disk is broken');
    await redis.stop();
    expect(existsSync(socketPath.replace(/sock$/, 'log'))).toBe(false);
  });

  it('takes no server for its own that answers at its socket', async () => {
    const folder = temporaryFolder();
    const redis = await startEmbedded(folder);
    const pid = await pidOf(redis);
    const strangers = spawn('redis-server', ['--port', '0', '--unixsocket', pathOf(redis), '--save', ''], {
      stdio: 'ignore',
    });
    await until('another server has taken the socket', async () => (await pidOf(redis)) === strangers.pid);
    process.kill(pid, 'SIGKILL');
    await until('its own serves', async () => redis.problem === undefined && (await pidOf(redis)) !== strangers.pid);
    expect(parentOf(await pidOf(redis))).not.toBe(process.pid);
    strangers.kill('SIGKILL');
    await once(strangers, 'exit');
    await redis.stop();
  });

  it('stays while a process that inherited its lifeline lives, also under a second keeper', async () => {
    const folder = temporaryFolder();
    const redis = await startEmbedded(folder);
    const child = spawn('sleep', ['100'], { stdio: ['ignore', 'ignore', 'ignore', redis.lifeline] });
    const first = await pidOf(redis);
    process.kill(parentOf(first), 'SIGKILL');
    await until('it serves again', async () => ![0, first].includes(await pidOf(redis)) && redis.problem === undefined);
    const pid = await pidOf(redis);
    redis.lifeline.destroy(); // as the primary's death does
    expect((await probeRedis(pathOf(redis)))?.ready).toBe(true);
    child.kill('SIGKILL');
    await until('it has ended with its last holder', () => !processExists(pid));
    await redis.stop();
  });

  it('ends when it is frozen, too', async () => {
    const redis = await startEmbedded(temporaryFolder());
    const pid = await pidOf(redis);
    process.kill(pid, 'SIGSTOP');
    await redis.stop();
    await until('it is gone', () => !processExists(pid));
  });

  it('is taken back by a start that is aborted', async () => {
    const folder = temporaryFolder();
    const starting = new AbortController();
    const start = startEmbedded(folder, { signal: starting.signal });
    await until('the keeper holds the lock', () => readdirSync(folder).includes('redis.lock'));
    starting.abort(new Error('enough'));
    await expect(start).rejects.toThrow('enough');
    const again = await startEmbedded(folder);
    await again.stop();
  });

  it('makes its files for its user alone, whatever the mode of the folder, and takes no secret along', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'appendonlydir'), { mode: 0o755 });
    writeFileSync(join(folder, 'redis.log'), '', { mode: 0o644 });
    process.env['SOME_SECRET'] = 'whsec_canary';
    const redis = await startEmbedded(folder);
    delete process.env['SOME_SECRET'];
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) expect([file, statSync(join(folder, file)).mode & 0o077]).toEqual([file, 0]);
    const pid = await pidOf(redis);
    for (const one of [pid, parentOf(pid)])
      expect(readFileSync(`/proc/${one}/environ`, 'utf8')).not.toContain('canary');
    await redis.stop();

    // As an earlier release left them.
    const appendOnly = readdirSync(join(folder, 'appendonlydir')).map((file) => join('appendonlydir', file));
    expect(appendOnly.filter((file) => file.endsWith('.aof'))).not.toEqual([]);
    chmodSync(join(folder, 'appendonlydir'), 0o755);
    writeFileSync(join(folder, 'dump.rdb'), '');
    for (const file of [...appendOnly, 'dump.rdb', 'redis.log']) chmodSync(join(folder, file), 0o644);
    writeFileSync(join(folder, 'someone’s own'), '', { mode: 0o644 });
    const again = await startEmbedded(folder);
    for (const file of [...appendOnly, 'appendonlydir', 'dump.rdb', 'redis.log']) {
      expect([file, statSync(join(folder, file)).mode & 0o077]).toEqual([file, 0]);
    }
    expect(statSync(join(folder, 'someone’s own')).mode & 0o777).toBe(0o644);
    await again.stop();
  });
});

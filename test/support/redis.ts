import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TestRedis {
  /** `unix:///…/redis.sock`: no port to collide with anything. */
  readonly url: string;
  readonly socketPath: string;
  readonly pid: number;
  /** Ends the server and removes its folder. */
  stop(): Promise<void>;
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Starts a real redis-server with its files in a temporary folder. */
export async function startRedis(extraArguments: readonly string[] = []): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'te-redis-'));
  const socketPath = join(folder, 'redis.sock');
  const child = spawn(
    'redis-server',
    ['--port', '0', '--unixsocket', socketPath, '--dir', folder, '--save', '', ...extraArguments],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  for (let waitedMs = 0; !(await answers(socketPath)); waitedMs += 20) {
    if (child.exitCode !== null || waitedMs > 10_000) throw new Error('redis-server did not start');
    await sleep(20);
  }
  if (child.pid === undefined) throw new Error('redis-server has no pid');
  return {
    url: `unix://${socketPath}`,
    socketPath,
    pid: child.pid,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

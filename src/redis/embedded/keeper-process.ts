import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { type KeeperMessage, parseKeeperMessage, type RedisEnd } from './keeper-messages.js';

export interface KeeperOptions {
  /** The built redis-keeper.js. */
  readonly program: string;
  readonly lockFile: string;
  readonly socketPath: string;
  /** How long a lock of another process is waited for. Milliseconds. */
  readonly lockWaitMs: number;
  /** redis-server and its arguments. */
  readonly redisCommand: readonly string[];
  /** Open for appending. */
  readonly logFd: number;
  readonly lifeline: Socket;
  readonly onMessage: (message: KeeperMessage) => void;
  /** Called once, when it has ended or could not be started. */
  readonly onEnd: (end: RedisEnd) => void;
}

export interface KeeperProcess {
  /** Ends Redis, then the keeper; kills the keeper after this time, milliseconds. */
  stop(withinMs: number): Promise<void>;
}

/** Limits of the heap in megabytes: the keeper holds a few kilobytes. */
const heap = ['--max-old-space-size=16', '--max-semi-space-size=1'];

/** The keeper and Redis need no secret, so they inherit none. */
const inheritedVariables = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LD_LIBRARY_PATH'];

export function spawnKeeper(options: KeeperOptions): KeeperProcess {
  const { program, lockFile, socketPath, lockWaitMs, redisCommand, logFd, lifeline } = options;
  const child = spawn(process.execPath, [...heap, program, lockFile, socketPath, String(lockWaitMs), ...redisCommand], {
    // A group of its own, so that Ctrl-C does not end Redis before the workers have closed.
    detached: true,
    env: Object.fromEntries(inheritedVariables.flatMap((name) => entryOf(name))),
    stdio: ['ignore', logFd, logFd, lifeline, 'ipc'],
  });
  let ended = false;
  let markEnded: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    markEnded = resolve;
  });
  const noteEnd = (how: RedisEnd): void => {
    if (ended) return;
    ended = true;
    markEnded();
    options.onEnd(how);
  };
  // Before anything is awaited: an exit without a listener would be missed.
  child.once('exit', (code, signal) => noteEnd({ code, signal }));
  child.on('error', () => {
    if (child.pid === undefined) noteEnd({ code: 127, signal: null }); // could not be forked
  });
  child.on('message', (value: unknown) => {
    const message = parseKeeperMessage(value);
    if (message !== undefined && !ended) options.onMessage(message);
  });
  child.unref();
  child.channel?.unref();
  return {
    async stop(withinMs) {
      if (ended) return;
      child.ref();
      child.kill('SIGTERM');
      const overdue = setTimeout(() => child.kill('SIGKILL'), withinMs);
      await end;
      clearTimeout(overdue);
    },
  };
}

function entryOf(name: string): [string, string][] {
  const value = process.env[name];
  return value === undefined ? [] : [[name, value]];
}

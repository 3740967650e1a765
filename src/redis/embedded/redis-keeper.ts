import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopSignals } from '../../signals.js';
import { onPath } from './on-path.js';
import { beginning, type KeeperEffect, type KeeperEvent, type KeeperState, transition } from './keeper-machine.js';
import type { KeeperMessage } from './keeper-messages.js';
import { probeRedis } from './redis-probe.js';

/**
 * The keeper: a process that runs the embedded Redis and restarts it. It outlives its primary as long as the lifeline (fd 3)
 * is held open, and Redis never outlives the keeper.
 *
 *   node redis-keeper.js <lock file> <socket> <how long to wait for the lock, ms> <redis-server> <its arguments …>
 */

// Redis inherits this: its files are readable for this user only, whatever the mode of the folder.
process.umask(0o077);
for (const signal of [...stopSignals, 'SIGHUP']) process.on(signal, () => undefined);
process.on('SIGTERM', () => dispatch({ type: 'stop' }));

const [lockFile = '', socketPath = '', lockWaitMs = '', ...redisCommand] = process.argv.slice(2);

const lockPollMs = 50;
const probePollMs = 20;

let state: KeeperState = beginning.state;
let timer: NodeJS.Timeout | undefined;
let lockFd: number | undefined;
let redis: ChildProcess | undefined;

function dispatch(event: KeeperEvent): void {
  const next = transition(state, event);
  if (next.state !== state) clearTimeout(timer);
  state = next.state;
  for (const effect of next.effects) carryOut(effect);
}

function carryOut(effect: KeeperEffect): void {
  switch (effect.do) {
    case 'take-lock':
      void takeLock();
      return;
    case 'start-redis':
      startRedis();
      return;
    case 'terminate-redis':
      redis?.kill('SIGTERM');
      return;
    case 'kill-redis':
      redis?.kill('SIGKILL');
      return;
    case 'report':
      report(effect.message);
      return;
    case 'set-timer':
      timer = setTimeout(() => dispatch({ type: 'timer' }), effect.ms);
      return;
    case 'exit':
      // A killed Redis leaves its socket. Without the lock the socket is that of another instance.
      if (lockFd !== undefined) rmSync(socketPath, { force: true });
      process.exit(effect.code);
  }
}

function report(message: KeeperMessage): void {
  // The primary may have ended, while children that finish their jobs still need Redis.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** The lock belongs to the open file, which Redis inherits: it is released when both processes have ended. */
async function takeLock(): Promise<void> {
  let fd: number;
  try {
    fd = openSync(lockFile, 'a', 0o600);
  } catch (error) {
    process.stderr.write(`the lock file cannot be opened: ${String(error)}\n`);
    dispatch({ type: 'lock-unusable' });
    return;
  }
  const deadlineMs = performance.now() + Number(lockWaitMs);
  let outcome = await tryLock(fd);
  while (outcome === 'lock-held' && performance.now() < deadlineMs) {
    await sleep(lockPollMs);
    outcome = await tryLock(fd);
  }
  if (outcome === 'lock-taken') lockFd = fd;
  dispatch({ type: outcome });
}

type LockOutcome = 'lock-taken' | 'lock-held' | 'lock-unusable';

async function tryLock(fd: number): Promise<LockOutcome> {
  const flock = onPath('flock');
  // Not Linux: two instances that start at the same moment do not detect each other.
  if (flock === undefined) return (await probeRedis(socketPath)) === undefined ? 'lock-taken' : 'lock-held';
  return new Promise((resolve) => {
    const attempt = spawn(flock, ['-n', '3'], { stdio: ['ignore', 'ignore', 'inherit', fd] });
    attempt.once('error', () => resolve('lock-unusable'));
    attempt.once('exit', (code) => resolve(code === 0 ? 'lock-taken' : code === 1 ? 'lock-held' : 'lock-unusable'));
  });
}

/** Lets the kernel kill Redis when the keeper dies. If the keeper dies before that is set, the shell sees another parent. */
function bound(command: readonly string[]): readonly string[] {
  const setpriv = onPath('setpriv');
  // BusyBox' setpriv lacks the option.
  if (setpriv === undefined || spawnSync(setpriv, ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' }).status !== 0)
    return command;
  const script = '[ "$PPID" = "$1" ] || exit 1; shift; exec "$@"';
  return [setpriv, '--pdeathsig', 'KILL', 'sh', '-c', script, 'redis-start', String(process.pid), ...command];
}

const [program = '', ...programArguments] = bound(redisCommand);

function startRedis(): void {
  const child = spawn(program, programArguments, { stdio: ['ignore', 'inherit', 'inherit', lockFd ?? 'ignore'] });
  redis = child;
  child.once('exit', (code, signal) => dispatch({ type: 'redis-ended', code, signal }));
  child.once('error', (error) => {
    process.stderr.write(`Redis cannot be run: ${error.message}\n`);
    // Of a process that exists, an exit follows.
    if (child.pid === undefined) dispatch({ type: 'redis-ended', code: 127, signal: null });
  });
  void watchStart(child);
}

/** Reports that Redis is ready when the server at the socket has the pid of the process that was started. */
async function watchStart(child: ChildProcess): Promise<void> {
  while (redis === child && state.name === 'starting') {
    const answering = await probeRedis(socketPath);
    if (redis !== child) return;
    if (answering?.ready === true && answering.pid === child.pid) dispatch({ type: 'redis-ready' });
    else await sleep(probePollMs);
  }
}

const lifeline = new Socket({ fd: 3, readable: true, writable: false });
lifeline.once('close', () => dispatch({ type: 'stop' }));
lifeline.on('error', () => undefined); // followed by its close
lifeline.resume();

for (const effect of beginning.effects) carryOut(effect);

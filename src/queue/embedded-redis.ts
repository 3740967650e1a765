import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../logging/describe-error.js';

export type EmbeddedRedisErrorCode =
  | 'REDIS_NOT_INSTALLED'
  | 'DATA_DIR_IN_USE'
  | 'DATA_DIR_UNUSABLE'
  | 'REDIS_DID_NOT_START';

export class EmbeddedRedisError extends Error {
  override readonly name = 'EmbeddedRedisError';

  constructor(
    readonly code: EmbeddedRedisErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface EmbeddedRedis {
  readonly url: string;
  /**
   * Redis lives as long as somebody holds this open: the primary, and every child that inherits it. So children whose
   * primary was killed can still finish their jobs, and the last one to go takes Redis along.
   */
  readonly lifeline: Socket;
  /** Ends Redis after it has written everything. */
  stop(): Promise<void>;
}

/**
 * Runs redis-server and starts it again when it dies, until fd 3 has no holder left or a TERM comes. In sh, because it
 * must outlive this process and cost nothing. $1: lock file, held by Redis too, so that no second one gets the folder.
 */
const keeper = `
lock=$1; shift
exec 9>"$lock" || exit 74
if command -v flock >/dev/null 2>&1; then flock -n 9 || exit 75; fi
stopping=; redis=; pause=0.1
end() { stopping=1; [ -n "$redis" ] && kill -TERM "$redis" 2>/dev/null; }
trap end TERM
trap '' INT HUP
{ exec 9>&-; cat <&3 >/dev/null; kill -TERM $$ 2>/dev/null; } &
watcher=$!
exec 3<&-
while [ -z "$stopping" ]; do
  started=$(date +%s)
  "$@" &
  redis=$!
  while kill -0 "$redis" 2>/dev/null; do wait "$redis"; done
  redis=
  [ -n "$stopping" ] && break
  [ $(($(date +%s) - started)) -ge 10 ] && pause=0.1
  sleep "$pause" & wait $!
  case $pause in 0.1) pause=1 ;; 8) ;; *) pause=$((pause * 2)) ;; esac
done
kill "$watcher" 2>/dev/null
exit 0
`;

const lockHeldExit = 75;
const lockUnusableExit = 74;

/** macOS allows 103 bytes. */
const longestSocketPath = 103;

/** @throws {EmbeddedRedisError} `REDIS_NOT_INSTALLED` */
export function findRedisServer(): string {
  for (const name of ['redis-server', 'valkey-server']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {
      continue; // the other one may be there
    }
  }
  throw new EmbeddedRedisError(
    'REDIS_NOT_INSTALLED',
    'There is no redis-server (or valkey-server) on this machine. Install it (Debian: apt-get install redis-server; ' +
      'macOS: brew install redis), or set REDIS_URL to a Redis that runs elsewhere.',
  );
}

/** Redis dies with its keeper, where the kernel can see to that. */
function deathPact(): string[] {
  try {
    execFileSync('sh', ['-c', 'command -v setpriv'], { stdio: 'ignore' });
    return ['setpriv', '--pdeathsig', 'TERM'];
  } catch {
    return []; // not Linux: the lifeline alone
  }
}

function ping(socketPath: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath, () => socket.write('PING\r\n'));
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
  });
}

/** When the keeper could not be started again, when to try anew. Milliseconds. */
const retryMs = 1000;

/** How long Redis may take to read its log back in. */
const startDeadlineMs = 60_000;

/** With its parents. Node 20's `recursive` tries for ever where a folder that exists says ENOENT, as below `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(folder)) throw error; // another instance may have made it just now
  }
}

/**
 * Starts a Redis of our own, on a unix socket, with everything in `dataDir`. A write is on the disk before it is
 * acknowledged (`appendfsync always`), and nothing is ever evicted.
 *
 * @throws {EmbeddedRedisError}
 */
export async function startEmbeddedRedis(dataDir: string): Promise<EmbeddedRedis> {
  const server = findRedisServer();
  const log = join(dataDir, 'redis.log');
  let logFd: number;
  try {
    makeFolder(dataDir);
    logFd = openSync(log, 'a');
  } catch (error) {
    const message = `DATA_DIR ${dataDir} cannot be used (${messageOf(error)}). Set it to a folder that this user can write.`;
    throw new EmbeddedRedisError('DATA_DIR_UNUSABLE', message, { cause: error });
  }
  const socketPath = embeddedSocketPath(dataDir);
  const inUse = new EmbeddedRedisError(
    'DATA_DIR_IN_USE',
    `Another instance runs on DATA_DIR ${dataDir}. Stop it, or give this one a folder of its own.`,
  );
  if ((await ping(socketPath)) !== undefined) throw inUse;

  const start = async (): Promise<Running> => {
    const running = spawnKeeper(dataDir, command, logFd);
    await untilReady(running.child, socketPath, log, inUse);
    return running;
  };
  const command = [...deathPact(), server, ...settings(dataDir, socketPath)];
  let running = await start();
  let stopping = false;
  // Somebody may end the keeper, and Redis goes with it. The jobs are on the disk; all we need is to be there again.
  const restart = async (): Promise<void> => {
    while (!stopping) {
      try {
        running = await start();
        running.child.once('exit', () => void restart());
        return;
      } catch {
        await sleep(retryMs, undefined, { ref: false }); // the reason is in Redis' log; readiness says that it is away
      }
    }
  };
  running.child.once('exit', () => void restart());
  return {
    url: `unix://${socketPath}`,
    get lifeline() {
      return running.lifeline;
    },
    async stop() {
      stopping = true;
      await stop(running);
      closeSync(logFd);
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly lifeline: Socket;
}

function settings(dataDir: string, socketPath: string): string[] {
  const options = {
    port: '0',
    unixsocket: socketPath,
    unixsocketperm: '700',
    dir: dataDir,
    appendonly: 'yes',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
    save: '',
    daemonize: 'no',
    logfile: '',
  };
  return Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
}

function spawnKeeper(dataDir: string, command: readonly string[], logFd: number): Running {
  const child = spawn('sh', ['-c', keeper, 'redis-keeper', join(dataDir, 'redis.lock'), ...command], {
    // A group of its own, so that Ctrl-C does not end Redis before the workers have closed.
    detached: true,
    stdio: ['ignore', logFd, logFd, 'pipe'],
  });
  const lifeline = child.stdio[3];
  if (!isSocket(lifeline))
    throw new EmbeddedRedisError('REDIS_DID_NOT_START', 'The lifeline to Redis could not be made.');
  lifeline.on('error', () => undefined); // the keeper is gone, which its exit tells
  lifeline.unref();
  child.unref();
  return { child, lifeline };
}

function isSocket(stream: unknown): stream is Socket {
  return typeof stream === 'object' && stream !== null && 'unref' in stream;
}

/** Where the embedded Redis of a `DATA_DIR` listens while an instance runs on it. */
export function embeddedSocketPath(dataDir: string): string {
  const path = join(dataDir, 'redis.sock');
  if (Buffer.byteLength(path) <= longestSocketPath) return path;
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  return join(tmpdir(), `ticket-enhancer-${name}.sock`);
}

async function untilReady(child: ChildProcess, socketPath: string, log: string, inUse: Error): Promise<void> {
  const deadline = Date.now() + startDeadlineMs;
  while (Date.now() < deadline) {
    if (child.exitCode === lockHeldExit) throw inUse;
    if (child.exitCode !== null) break;
    const answer = await ping(socketPath);
    if (answer?.startsWith('+PONG')) return;
    // `-LOADING`: it is reading its log back in.
    await sleep(20);
  }
  const exit = child.exitCode === lockUnusableExit ? 'its lock file cannot be written' : lastLine(log);
  child.kill('SIGTERM');
  throw new EmbeddedRedisError('REDIS_DID_NOT_START', `The embedded Redis did not start: ${exit}. Its log is ${log}.`);
}

function lastLine(log: string): string {
  return readFileSync(log, 'utf8').trim().split('\n').at(-1) ?? 'it said nothing';
}

async function stop({ child, lifeline }: Running): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  await ended;
  lifeline.destroy();
}

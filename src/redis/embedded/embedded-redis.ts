import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { messageOf } from '../../logging/describe-error.js';
import type { Logger } from '../../logging/logger.js';
import { isTooOld, oldestRedis } from '../oldest-redis.js';
import { type KeeperProcess, spawnKeeper } from './keeper-process.js';
import { openLifeline } from './lifeline.js';
import { onPath } from './on-path.js';
import { keeperExits, terminateWithinMs } from './keeper-machine.js';
import type { RedisEnd } from './keeper-messages.js';
import { lastLineOf, redisLogBeside } from './redis-log.js';

export type EmbeddedRedisErrorCode =
  | 'REDIS_NOT_INSTALLED'
  | 'REDIS_TOO_OLD'
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
   * Redis lives as long as a process holds this open: the primary, and every child that inherits it. So children whose
   * primary was killed can still finish their jobs, and Redis ends with the last of them.
   */
  readonly lifeline: Socket;
  /** Why it does not serve at the moment, in a sentence; undefined: it does. */
  readonly problem: string | undefined;
  /** Ends Redis after it has written everything. */
  stop(): Promise<void>;
}

export interface EmbeddedRedisOptions {
  readonly log: Logger;
  /** Ends a start that is under way, and what it has started so far; the start then fails with the signal's reason. */
  readonly signal?: AbortSignal;
  /** The built redis-keeper.js. Default: the one beside this file. */
  readonly keeperProgram?: string;
}

/** macOS allows 103 bytes. */
const longestSocketPath = 103;

/** How long Redis may take to read its log back in at the first start. */
const startDeadlineMs = 60_000;

/** A Redis that ends by itself before it ever answered will do so again; one that was killed may be tried again. */
const mostDeathsAtStart = 3;

/**
 * A held lock is that of another instance, or of a Redis that still dies: of this primary, or of one that was killed and is
 * started again at once.
 */
const lockWaitMs = { first: 2000, restart: 5000 };

/** At once, unless the last keeper ended before its Redis answered. */
const keeperRetryMs = 1000;

/** The keeper kills a Redis that does not end, and then ends itself. */
const stopWithinMs = terminateWithinMs + 500;

/** A start that is aborted has accepted nothing yet. */
const abortWithinMs = 400;

/** @throws {EmbeddedRedisError} `REDIS_NOT_INSTALLED`, `REDIS_TOO_OLD` */
export function findRedisServer(): string {
  const server = onPath('redis-server') ?? onPath('valkey-server');
  if (server === undefined) {
    throw new EmbeddedRedisError(
      'REDIS_NOT_INSTALLED',
      'There is no redis-server (or valkey-server) on this machine. Install it (Debian: apt-get install redis-server; ' +
        'macOS: brew install redis), or set REDIS_URL to a Redis that runs elsewhere.',
    );
  }
  // `Redis server v=7.0.15 sha=…`. One that says something else is tried.
  const said = spawnSync(server, ['--version'], { encoding: 'utf8', timeout: versionWithinMs }).stdout ?? '';
  const [, version] = /\bv=(\d+\.\d+\.\d+)/.exec(said) ?? [];
  if (version === undefined || !isTooOld(version)) return server;
  throw new EmbeddedRedisError(
    'REDIS_TOO_OLD',
    `${server} is version ${version}, and the service needs ${oldestRedis} or newer. Install a newer one, or set REDIS_URL to a Redis that runs elsewhere.`,
  );
}

const versionWithinMs = 2000;

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
 * acknowledged (`appendfsync always`), and nothing is ever evicted. A keeper runs it and starts it again when it ends;
 * a keeper that ends is replaced.
 *
 * @throws {EmbeddedRedisError}
 */
export async function startEmbeddedRedis(dataDir: string, options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const { log, signal } = options;
  const server = findRedisServer();
  const redisLog = join(dataDir, 'redis.log');
  const lockFile = join(dataDir, 'redis.lock');
  const logFd = openFolder(dataDir, redisLog);
  const socketPath = embeddedSocketPath(dataDir);
  const lifeline = await openLifeline(socketPathIn(dataDir, `life-${randomBytes(4).toString('hex')}.sock`)).catch(
    (error: unknown) => {
      throw unusable(dataDir, error);
    },
  );
  const seeLog = `Its log is ${redisLog}.`;

  let keeper: KeeperProcess;
  let served = false;
  let stopping = false;
  let deathsAtStart = 0;
  let problem: string | undefined = `The embedded Redis is being started. ${seeLog}`;
  let again: NodeJS.Timeout | undefined;
  let unlinkLog = (): void => undefined;
  let settle: (error?: unknown) => void = () => undefined;
  const started = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error));
  });
  const didNotStart = (why: string) =>
    new EmbeddedRedisError('REDIS_DID_NOT_START', `The embedded Redis did not start: ${why}. ${seeLog}`);

  const redisReady = (): void => {
    if (served && problem !== undefined) log.info('the embedded Redis serves again');
    // Not before: an instance that finds the folder in use must leave the other's link as it is.
    if (!served) unlinkLog = linkLog(redisLog, redisLogBeside(socketPath));
    served = true;
    problem = undefined;
    settle();
  };

  const redisEnded = (end: RedisEnd & { readonly served: boolean; readonly pauseMs: number }): void => {
    problem = end.served
      ? `The embedded Redis ended (${describeEnd(end)}) and is started again. ${seeLog}`
      : `The embedded Redis cannot start (${describeEnd(end)}): ${lastLineOf(redisLog)}. ${seeLog}`;
    const { code, signal: killedBy, pauseMs } = end;
    const fields = { code, signal: killedBy, restart_in_ms: pauseMs, redis_log: redisLog };
    log.error(fields, end.served ? 'the embedded Redis ended; it is started again' : problem);
    deathsAtStart += 1;
    if (!served && (killedBy === null || deathsAtStart >= mostDeathsAtStart)) settle(didNotStart(lastLineOf(redisLog)));
  };

  const keeperEnded = (end: RedisEnd): void => {
    if (stopping) return;
    const readyBefore = served && problem === undefined;
    if (!served && end.code !== null) {
      if (end.code === keeperExits.lockHeld) settle(inUse(dataDir));
      else if (end.code === keeperExits.lockUnusable) settle(didNotStart('its lock file cannot be written'));
      else settle(didNotStart(lastLineOf(redisLog)));
      return;
    }
    const held = end.code === keeperExits.lockHeld;
    const why = held ? 'another process holds its lock' : `its keeper ended (${describeEnd(end)})`;
    problem = `The embedded Redis is started again: ${why}. ${seeLog}`;
    const restartInMs = readyBefore ? 0 : keeperRetryMs;
    log.error({ code: end.code, signal: end.signal, restart_in_ms: restartInMs, redis_log: redisLog }, problem);
    if (readyBefore) runKeeper(lockWaitMs.restart);
    else again = setTimeout(() => runKeeper(lockWaitMs.restart), restartInMs).unref();
  };

  const runKeeper = (waitMs: number): void => {
    keeper = spawnKeeper({
      program: options.keeperProgram ?? fileURLToPath(new URL('./redis-keeper.js', import.meta.url)),
      lockFile,
      socketPath,
      lockWaitMs: waitMs,
      redisCommand: [server, ...settings(dataDir, socketPath)],
      logFd,
      lifeline: lifeline.keepersEnd,
      onMessage: (message) => (message.type === 'redis-ready' ? redisReady() : redisEnded(message)),
      onEnd: keeperEnded,
    });
  };

  const stop = async (withinMs: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    clearTimeout(again);
    await keeper.stop(withinMs);
    lifeline.close();
    unlinkLog();
    closeSync(logFd);
  };

  const abort = (): void => settle(signal?.reason);
  signal?.addEventListener('abort', abort);
  const overdue = setTimeout(() => settle(didNotStart(lastLineOf(redisLog))), startDeadlineMs);
  try {
    runKeeper(lockWaitMs.first);
    signal?.throwIfAborted();
    await started;
  } catch (error) {
    await stop(abortWithinMs);
    throw error;
  } finally {
    clearTimeout(overdue);
    signal?.removeEventListener('abort', abort);
  }
  return {
    url: `unix://${socketPath}`,
    lifeline: lifeline.holdersEnd,
    get problem() {
      return problem;
    },
    stop: () => stop(stopWithinMs),
  };
}

/** @throws {EmbeddedRedisError} `DATA_DIR_UNUSABLE` */
function openFolder(dataDir: string, redisLog: string): number {
  try {
    makeFolder(dataDir);
    const logFd = openSync(redisLog, 'a', 0o600);
    closeToOthers(dataDir, /^redis\.(?:log|lock)$|\.(?:aof|rdb)$/);
    const appendOnlyFolder = join(dataDir, 'appendonlydir');
    if (existsSync(appendOnlyFolder)) {
      chmodSync(appendOnlyFolder, 0o700);
      closeToOthers(appendOnlyFolder, /./);
    }
    return logFd;
  } catch (error) {
    throw unusable(dataDir, error);
  }
}

/**
 * Makes the log available beside the socket where a long `DATA_DIR` has its socket elsewhere: other processes know only the
 * socket. Without the link they cannot tell why Redis ended, and nothing else is lost.
 *
 * @returns removes the link
 */
function linkLog(log: string, beside: string | undefined): () => void {
  if (beside === undefined || resolve(beside) === resolve(log)) return () => undefined;
  try {
    rmSync(beside, { force: true });
    symlinkSync(resolve(log), beside);
    return () => rmSync(beside, { force: true });
  } catch {
    return () => undefined;
  }
}

/** Files of a release that let the folder's mode decide. Jobs hold ticket text. */
function closeToOthers(folder: string, files: RegExp): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isFile() && files.test(entry.name)) chmodSync(join(folder, entry.name), 0o600);
  }
}

function unusable(dataDir: string, error: unknown): EmbeddedRedisError {
  const { syscall, code } = error instanceof Error ? systemError.parse(error) : {};
  const advice =
    syscall === 'listen' && code !== 'EACCES'
      ? 'It takes no unix socket, like folders that are shared with Windows or over a network. Set it to a folder on a local disk.'
      : 'Set it to a folder that this user can write.';
  const message = `DATA_DIR ${dataDir} cannot be used (${messageOf(error)}). ${advice}`;
  return new EmbeddedRedisError('DATA_DIR_UNUSABLE', message, { cause: error });
}

const systemError = z.object({ syscall: z.string().optional(), code: z.string().optional() });

function inUse(dataDir: string): EmbeddedRedisError {
  return new EmbeddedRedisError(
    'DATA_DIR_IN_USE',
    `Another instance runs on DATA_DIR ${dataDir}. Stop it, or give this one a folder of its own.`,
  );
}

function describeEnd({ code, signal }: RedisEnd): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
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

/** Where the embedded Redis of a `DATA_DIR` listens while an instance runs on it. */
export function embeddedSocketPath(dataDir: string): string {
  return socketPathIn(dataDir, 'redis.sock');
}

function socketPathIn(dataDir: string, file: string): string {
  const path = join(dataDir, file);
  if (Buffer.byteLength(path) <= longestSocketPath) return path;
  const folder = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  return join(tmpdir(), `ticket-enhancer-${folder}-${file}`);
}

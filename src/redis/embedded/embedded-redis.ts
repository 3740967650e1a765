import { randomBytes } from 'node:crypto';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../../logging/logger.js';
import { dataDirInUse, dataDirUnusable, embeddedSocketPath, linkLog, openDataDir, socketPathIn } from './data-dir.js';
import { EmbeddedRedisError } from './embedded-redis-error.js';
import { keeperExits, terminateWithinMs } from './keeper-machine.js';
import type { RedisEnd } from './keeper-messages.js';
import { type KeeperProcess, spawnKeeper } from './keeper-process.js';
import { openLifeline } from './lifeline.js';
import { lastLineOf, redisLogBeside } from './redis-log.js';
import { findRedisServer, serverSettings } from './redis-server.js';

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

/**
 * Starts a Redis on a unix socket, with all its files in `dataDir`. A keeper runs it and restarts it when it ends; a keeper that
 * ends is replaced.
 *
 * @throws {EmbeddedRedisError}
 */
export async function startEmbeddedRedis(dataDir: string, options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const { log, signal } = options;
  const server = findRedisServer();
  const redisLog = join(dataDir, 'redis.log');
  const lockFile = join(dataDir, 'redis.lock');
  const logFd = openDataDir(dataDir, redisLog);
  const socketPath = embeddedSocketPath(dataDir);
  const lifeline = await openLifeline(socketPathIn(dataDir, `life-${randomBytes(4).toString('hex')}.sock`)).catch(
    (error: unknown) => {
      throw dataDirUnusable(dataDir, error);
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
      if (end.code === keeperExits.lockHeld) settle(dataDirInUse(dataDir));
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
      redisCommand: [server, ...serverSettings(dataDir, socketPath)],
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

function describeEnd({ code, signal }: RedisEnd): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

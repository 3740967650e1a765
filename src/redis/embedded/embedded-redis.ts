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
import { whyNotStarted, redisLogBeside } from './redis-log.js';
import { findRedisServer, serverSettings } from './redis-server.js';

export interface EmbeddedRedis {
  readonly url: string;
  /**
   * Redis runs as long as a process holds this open: the primary, and every child that inherits it. So children whose primary
   * was killed can still finish their jobs, and Redis ends with the last of them.
   */
  readonly lifeline: Socket;
  /** Why it does not serve at the moment, in a sentence; undefined: it serves. */
  readonly problem: string | undefined;
  /** Ends Redis after it has written everything. Resolves within {@link stopWithinMs}. */
  stop(): Promise<void>;
}

export interface EmbeddedRedisOptions {
  readonly log: Logger;
  /** Aborts the start and stops the processes that it has started; the start rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** The built redis-keeper.js. Default: the one beside this file. */
  readonly keeperProgram?: string;
}

/** How long Redis may take to load its data at the first start. Milliseconds. */
const startDeadlineMs = 60_000;

/** Starts of a Redis that is killed before it first answers. One that exits before it first answers is not started again. */
const mostDeathsAtStart = 3;

/**
 * How long a held lock is waited for. It belongs to another instance, or to a Redis that is still ending: that of this primary,
 * or of a primary that was killed and restarted at once. Milliseconds.
 */
const lockWaitMs = { first: 2000, restart: 5000 };

/** Delay before a keeper is replaced whose Redis never answered; any other is replaced at once. Milliseconds. */
const keeperRetryMs = 1000;

/** Time of a stop, in which the keeper kills a Redis that does not end. Milliseconds. */
const stopWithinMs = terminateWithinMs + 500;

/** Time to stop after an aborted start, which has accepted no job yet. Milliseconds. */
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
    // Not earlier: an instance that finds the folder in use must not replace the link of the other one.
    if (!served) unlinkLog = linkLog(redisLog, redisLogBeside(socketPath));
    served = true;
    problem = undefined;
    settle();
  };

  const redisEnded = (end: RedisEnd & { readonly served: boolean; readonly pauseMs: number }): void => {
    problem = end.served
      ? `The embedded Redis ended (${describeEnd(end)}) and is started again. ${seeLog}`
      : `The embedded Redis cannot start (${describeEnd(end)}): ${whyNotStarted(redisLog)}. ${seeLog}`;
    const { code, signal: killedBy, pauseMs } = end;
    const fields = { code, signal: killedBy, restart_in_ms: pauseMs, redis_log: redisLog };
    log.error(fields, end.served ? 'the embedded Redis ended; it is started again' : problem);
    deathsAtStart += 1;
    if (!served && (killedBy === null || deathsAtStart >= mostDeathsAtStart))
      settle(didNotStart(whyNotStarted(redisLog)));
  };

  const keeperEnded = (end: RedisEnd): void => {
    if (stopping) return;
    const readyBefore = served && problem === undefined;
    if (!served && end.code !== null) {
      if (end.code === keeperExits.lockHeld) settle(dataDirInUse(dataDir));
      else if (end.code === keeperExits.lockUnusable) settle(didNotStart('its lock file cannot be written'));
      else settle(didNotStart(whyNotStarted(redisLog)));
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
  const overdue = setTimeout(() => settle(didNotStart(whyNotStarted(redisLog))), startDeadlineMs);
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

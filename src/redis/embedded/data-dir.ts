import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../logging/describe-error.js';
import { EmbeddedRedisError } from './embedded-redis-error.js';

/** The files of the embedded Redis: folder, log and socket. */

/** Longest path of a unix socket on macOS. Bytes. */
const longestSocketPath = 103;

/**
 * Creates the folder if it is missing, and makes its files readable for this user only.
 *
 * @returns the log, open for appending
 * @throws {EmbeddedRedisError} `DATA_DIR_UNUSABLE`
 */
export function openDataDir(dataDir: string, redisLog: string): number {
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
    throw dataDirUnusable(dataDir, error);
  }
}

/**
 * Links the log beside the socket if the socket is elsewhere because `DATA_DIR` is long: other processes know only the socket.
 * Without the link they cannot report why Redis ended; nothing else depends on it.
 *
 * @returns a function that removes the link
 */
export function linkLog(log: string, beside: string | undefined): () => void {
  if (beside === undefined || resolve(beside) === resolve(log)) return () => undefined;
  try {
    rmSync(beside, { force: true });
    symlinkSync(resolve(log), beside);
    return () => rmSync(beside, { force: true });
  } catch {
    return () => undefined;
  }
}

export function dataDirInUse(dataDir: string): EmbeddedRedisError {
  return new EmbeddedRedisError(
    'DATA_DIR_IN_USE',
    `Another instance runs on DATA_DIR ${dataDir}. Stop it, or give this one a folder of its own.`,
  );
}

/** Restricts files of earlier releases, which relied on the mode of the folder: jobs hold ticket text. */
function closeToOthers(folder: string, files: RegExp): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isFile() && files.test(entry.name)) chmodSync(join(folder, entry.name), 0o600);
  }
}

export function dataDirUnusable(dataDir: string, error: unknown): EmbeddedRedisError {
  const message = `DATA_DIR ${dataDir} cannot be used (${messageOf(error)}). ${adviceAbout(dataDir, error)}`;
  return new EmbeddedRedisError('DATA_DIR_UNUSABLE', message, { cause: error });
}

function adviceAbout(dataDir: string, error: unknown): string {
  const { syscall, code, address } = error instanceof Error ? systemError.parse(error) : {};
  // Node reports a missing folder as EACCES, too.
  if (syscall !== 'listen' || (code === 'EACCES' && address?.startsWith(dataDir)))
    return 'Set it to a folder that this user can write.';
  if (code === 'EACCES')
    return 'Its path is too long for a socket, and the folder for temporary files cannot be written. Set it to a shorter path, or TMPDIR to a folder that this user can write.';
  return 'Its file system supports no unix sockets, like that of a folder shared with Windows or over a network. Set it to a folder on a local disk.';
}

const systemError = z.object({
  syscall: z.string().optional(),
  code: z.string().optional(),
  address: z.string().optional(),
});

/** Creates parents, too. Node 20's `recursive` never returns where creation in an existing folder fails with ENOENT, as in `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(folder)) throw error; // another instance has created it meanwhile
  }
}

/** The socket on which the embedded Redis of a `DATA_DIR` listens while an instance runs. */
export function embeddedSocketPath(dataDir: string): string {
  return socketPathIn(dataDir, 'redis.sock');
}

/** In `dataDir` if the path is short enough for a socket, else in the folder for temporary files. */
export function socketPathIn(dataDir: string, file: string): string {
  const path = join(dataDir, file);
  if (Buffer.byteLength(path) <= longestSocketPath) return path;
  const folder = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  return join(tmpdir(), `ticket-enhancer-${folder}-${file}`);
}

/**
 * The file of a unix socket: who may connect, and how the file of a killed primary is replaced.
 * Must not know: what is done on a connection.
 */
import { once } from 'node:events';
import { lstatSync } from 'node:fs';
import { chmod, lstat, mkdir, rename, unlink } from 'node:fs/promises';
import { createConnection, type Server } from 'node:net';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { ClusterMetricsError } from '../errors.js';

/** What a socket's address has room for, bytes: sockaddr_un.sun_path, 108 on Linux and 104 elsewhere, one of them for its end. */
const maxPathBytes = process.platform === 'linux' ? 107 : 103;

/** Another primary may start at the same time; then one of them finds the other live. */
const attempts = 3;

/**
 * Binds a server to a path. Makes its folder, for this user alone, if it is not there.
 *
 * @param mode permissions of the file, from its first moment on where they are for the user alone
 * @returns tells whether the file is still this server's or gone; another primary may have made its own there
 * @throws {ClusterMetricsError} SOCKET_UNUSABLE
 */
export async function claimSocketFile(server: Server, path: string, mode: number): Promise<() => boolean> {
  if (path === '' || path.includes('\0')) {
    throw unusable(JSON.stringify(path), 'is no file, whose permissions say who may report: give it the path of one');
  }
  if (Buffer.byteLength(path) > maxPathBytes) {
    throw unusable(
      path,
      `is longer than the ${maxPathBytes} bytes that a socket's path may have: choose a shorter one`,
    );
  }
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    for (let attempt = 1; !(await bind(server, path)); attempt++) {
      if (attempt === attempts) throw unusable(path, 'is taken by another process again and again');
      await removeStale(path);
    }
    if (mode !== ownMode || !isMainThread) await chmod(path, mode);
    const made = lstatSync(path);
    return () => {
      const found = lstatSync(path, { throwIfNoEntry: false }) ?? made;
      return found.ino === made.ino && found.birthtimeMs === made.birthtimeMs;
    };
  } catch (error) {
    if (error instanceof ClusterMetricsError) throw error;
    throw unusable(path, `cannot be used: ${String(error)}`, { cause: error });
  }
}

const ownMode = 0o600;

/** @returns false when there is such a file already */
async function bind(server: Server, path: string): Promise<boolean> {
  const listening = once(server, 'listening');
  // The call binds before it returns. Until its mode was changed, a file that is open to all could be connected to; only the
  // main thread may prevent it.
  const before = isMainThread ? process.umask(0o777 & ~ownMode) : undefined;
  try {
    server.listen({ path, exclusive: true });
  } finally {
    if (before !== undefined) process.umask(before);
  }
  try {
    await listening;
    return true;
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return false;
    throw error;
  }
}

/** Removes the file of a primary that is gone. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(ignoreAbsent);
  if (found === undefined) return;
  if (!found.isSocket()) throw unusable(path, 'is there, and is no socket: choose another path, or remove it');
  if (await isLive(path)) {
    throw unusable(path, 'belongs to another primary, which is running: stop it, or give each a path of its own');
  }
  // Another primary may have replaced the file meanwhile: what is moved is looked at before it goes.
  const aside = `${path}.${process.pid}`;
  await rename(path, aside).catch(ignoreAbsent);
  const moved = await lstat(aside).catch(ignoreAbsent);
  if (moved === undefined) return;
  if (moved.ino === found.ino) await unlink(aside);
  else await rename(aside, path);
}

/** Whether a process listens. What refuses has none; anything else, as a full queue, is one that does. */
async function isLive(path: string): Promise<boolean> {
  const socket = createConnection(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    const code = codeOf(error);
    return code !== 'ECONNREFUSED' && code !== 'ENOENT';
  } finally {
    socket.destroy();
  }
}

function ignoreAbsent(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function unusable(path: string, predicate: string, options?: ErrorOptions): ClusterMetricsError {
  return new ClusterMetricsError('SOCKET_UNUSABLE', `The socket ${path} ${predicate}.`, options);
}

import { closeSync, existsSync, fstatSync, openSync, readSync, realpathSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** The log of the embedded Redis, which says why Redis ended. */

/** How much of the end of the log is read. Bytes. */
const tailBytes = 4096;
/** Lines in which an error is looked for: a Redis that has started since has written more. */
const latestLines = 10;

/** Free space below which the disk counts as full. Bytes. */
const leastRoom = 64 * 1024;

/** The log of the embedded Redis that listens on the socket; undefined: the socket is that of another server. */
export function redisLogBeside(socketPath: string): string | undefined {
  return socketPath.endsWith('redis.sock') ? socketPath.replace(/sock$/, 'log') : undefined;
}

/**
 * Why no embedded Redis listens on the socket: its disk is full, or the last error in its log. The disk is checked first,
 * because the log is on it.
 *
 * @returns undefined: no reason is found, or the socket is that of another server
 */
export function whyEmbeddedEnded(socketPath: string): string | undefined {
  const log = redisLogBeside(socketPath);
  if (log === undefined || !existsSync(log)) return undefined;
  const folder = dirname(realpathSync(log));
  return hasRoom(folder) ? lastErrorIn(log) : noSpaceIn(folder);
}

/** Why Redis does not start: its disk is full, or the last line of its log, without a full stop. */
export function whyNotStarted(log: string): string {
  if (!hasRoom(dirname(log))) return noSpaceIn(dirname(log));
  return endOf(log)?.at(-1)?.replace(/\.$/, '') || 'it said nothing';
}

function noSpaceIn(folder: string): string {
  return `No space left on device (${folder})`;
}

function lastErrorIn(log: string): string | undefined {
  return endOf(log)
    ?.slice(-latestLines)
    .map((line) => line.slice(line.indexOf('# ') + '# '.length))
    .findLast((line) => line.includes(': ') && /error|failed|can't/i.test(line));
}

/** The last lines of a file; undefined: it cannot be read. */
function endOf(log: string): string[] | undefined {
  let file: number | undefined;
  try {
    file = openSync(log, 'r');
    const end = Buffer.alloc(tailBytes);
    const read = readSync(file, end, 0, tailBytes, Math.max(0, fstatSync(file).size - tailBytes));
    return end.toString('utf8', 0, read).trim().split('\n');
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= leastRoom;
  } catch {
    return true; // the file system does not tell
  }
}

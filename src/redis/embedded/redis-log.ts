import { closeSync, existsSync, fstatSync, openSync, readSync, realpathSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** The log of the embedded Redis, which says why Redis ended. */

/** Of the end of the log, bytes. */
const looked = 4096;
/** A Redis that has started since the error has written more lines than these. */
const latestLines = 10;

/** With less room than this no write of a job is certain. Bytes. */
const leastRoom = 64 * 1024;

/** Where a process that knows only the socket of an embedded Redis finds its log; undefined: the socket is of another. */
export function redisLogBeside(socketPath: string): string | undefined {
  return socketPath.endsWith('redis.sock') ? socketPath.replace(/sock$/, 'log') : undefined;
}

/**
 * Why nothing listens on the socket of an embedded Redis, which the network does not know: its disk is full, or what it wrote
 * into its log before it ended. A full disk comes first, for the log is on it.
 *
 * @returns undefined: nothing is known, or it is no embedded Redis
 */
export function whyEmbeddedEnded(socketPath: string): string | undefined {
  const log = redisLogBeside(socketPath);
  if (log === undefined || !existsSync(log)) return undefined;
  const folder = dirname(realpathSync(log));
  return hasRoom(folder) ? lastErrorIn(log) : `No space left on device (${folder})`;
}

/** The last line of a log, however long the log is. */
export function lastLineOf(log: string): string {
  return endOf(log)?.at(-1) || 'it said nothing';
}

function lastErrorIn(log: string): string | undefined {
  return endOf(log)
    ?.slice(-latestLines)
    .map((line) => line.slice(line.indexOf('# ') + '# '.length))
    .findLast((line) => line.includes(': ') && /error|failed|can't/i.test(line));
}

/** Its last lines; undefined: it cannot be read. */
function endOf(log: string): string[] | undefined {
  let file: number | undefined;
  try {
    file = openSync(log, 'r');
    const end = Buffer.alloc(looked);
    const read = readSync(file, end, 0, looked, Math.max(0, fstatSync(file).size - looked));
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
    return true; // not known here
  }
}

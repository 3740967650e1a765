import { closeSync, existsSync, fstatSync, openSync, readSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Of the end of the log, bytes. */
const looked = 4096;
/** A Redis that has started since the error has written more lines than these. */
const latestLines = 10;

/** With less room than this no write of a job is certain. Bytes. */
const leastRoom = 64 * 1024;

/**
 * Why nothing listens on the socket of an embedded Redis, which the network does not know: its disk is full, or what it wrote
 * into its log before it ended. A full disk comes first, for the log is on it.
 *
 * @returns undefined: nothing is known, or it is no embedded Redis
 */
export function whyEmbeddedEnded(socketPath: string): string | undefined {
  const log = join(dirname(socketPath), 'redis.log');
  if (!existsSync(log)) return undefined;
  return hasRoom(dirname(log)) ? lastErrorIn(log) : `No space left on device (${dirname(log)})`;
}

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= leastRoom;
  } catch {
    return true; // not known here
  }
}

function lastErrorIn(log: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(log, 'r');
    const end = Buffer.alloc(looked);
    const read = readSync(file, end, 0, looked, Math.max(0, fstatSync(file).size - looked));
    const lines = end.toString('utf8', 0, read).trim().split('\n').slice(-latestLines);
    return lines
      .map((line) => line.slice(line.indexOf('# ') + '# '.length))
      .findLast((line) => line.includes(': ') && /error|failed|can't/i.test(line));
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

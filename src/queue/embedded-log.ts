import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Of the end of the log, bytes. */
const looked = 4096;
/** A Redis that has started since the error has written more lines than these. */
const latestLines = 10;

/**
 * What the embedded Redis wrote into its log before it ended, such as that the disk is full: then nothing listens on its
 * socket, and the network knows no more than that.
 *
 * @returns undefined: nothing, or it is no embedded Redis
 */
export function lastErrorInLog(socketPath: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(join(dirname(socketPath), 'redis.log'), 'r');
    const end = Buffer.alloc(looked);
    const read = readSync(file, end, 0, looked, Math.max(0, fstatSync(file).size - looked));
    const lines = end.toString('utf8', 0, read).trim().split('\n').slice(-latestLines);
    return lines
      .map((line) => /# (.*(?:error|failed|can't).*: .+)$/i.exec(line)?.[1])
      .findLast((one) => one !== undefined);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

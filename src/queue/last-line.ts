import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const mostBytes = 4096;

/** The last line of a log, however long the log is. */
export function lastLineOf(file: string): string {
  const silence = 'it said nothing';
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return silence;
  }
  try {
    const end = Buffer.alloc(mostBytes);
    const bytes = readSync(fd, end, 0, mostBytes, Math.max(0, fstatSync(fd).size - mostBytes));
    return end.toString('utf8', 0, bytes).trim().split('\n').at(-1) || silence;
  } finally {
    closeSync(fd);
  }
}

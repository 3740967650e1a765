import { readFileSync } from 'node:fs';

/**
 * Files, beside its clients' connections, that a process has open or may need at once: its modules' and logs', Redis, other
 * processes, and those that it connects to.
 */
const ownFiles = 100;

/** Connections that are served even if the limit leaves no room for them. */
const fewestConnections = 20;

/**
 * At the limit of open files the kernel closes new connections, however many idle ones there are.
 *
 * @param most without such a limit
 * @param limits the process' limits in the form of proc_pid_limits(5). Default: this process' own; elsewhere than on Linux none
 * @returns the number of connections that leaves files to open
 */
export function connectionsWithinLimit(most: number, limits = ownLimits()): number {
  const limit = openFilesLimit(limits);
  return limit === undefined ? most : Math.min(most, Math.max(limit - ownFiles, fewestConnections));
}

/** How many files this process may have open. Undefined: there is no limit, or it is not known. */
export function openFilesLimit(limits = ownLimits()): number | undefined {
  const [, openFiles] = /^Max open files +(\d+)/m.exec(limits) ?? [];
  return openFiles === undefined ? undefined : Number(openFiles);
}

function ownLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './service.js';

/** What Linux tells of one process; empty where it is gone. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

export function childrenOf(pid: number): readonly number[] {
  return read(pid, `task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
}

export function commandLineOf(pid: number): string {
  return read(pid, 'cmdline').replaceAll('\0', ' ');
}

/** How long the main threads of these processes have waited for a processor, together: what a busy machine adds. Milliseconds. */
export function processorWaitMs(pids: readonly number[]): number {
  const waitedNs = pids.map((pid) => Number(read(pid, 'schedstat').split(' ')[1] ?? 0));
  return waitedNs.reduce((sum, ns) => sum + ns, 0) / 1e6;
}

/** How long the processes could run until this is over. Milliseconds. */
export async function runningMsUntil(end: Promise<unknown>, pids: readonly number[]): Promise<number> {
  const [startMs, beforeMs] = [performance.now(), processorWaitMs(pids)];
  let waitedMs = 0;
  let isOver = false;
  const over = end.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    // Of a process that has ended nothing can be read any more.
    waitedMs = Math.max(waitedMs, processorWaitMs(pids) - beforeMs);
    await Promise.race([over, sleep(10)]);
  }
  return performance.now() - startMs - waitedMs;
}

/** SIGHUP is the last that our entries catch, and Node by itself does not: from then on signals are ours. */
export function untilSignalsAreCaught(pid: number): Promise<void> {
  return until(`process ${pid} catches signals`, () => {
    const [, caught = '0'] = /^SigCgt:\s+([0-9a-f]+)$/m.exec(read(pid, 'status')) ?? [];
    return (BigInt(`0x${caught}`) & 1n) === 1n;
  });
}

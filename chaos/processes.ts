import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

/** What Linux tells of processes. */

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** The processor time of a process and of all its children that have ended, seconds. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which may hold spaces: utime, stime, cutime and cstime are fields 14 to 17.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
}

/** Resident memory, bytes. */
export async function residentBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

/** Whether a process has a handler for this signal. */
export async function handles(pid: number, signal: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const caught = BigInt(`0x${/SigCgt:\s+([0-9a-f]+)/.exec(status)?.[1] ?? '0'}`);
  return (caught & (1n << BigInt(signal - 1))) !== 0n;
}

export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** The words of its command line. */
  readonly command: readonly string[];
}

/** All that there are just now. */
export async function processList(): Promise<readonly Process[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [stat, command] = await Promise.all([
        readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
        readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
      ]);
      if (command === '') return []; // it has just ended, or is the kernel's own
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return [{ pid, parent, command: command.split('\0').filter((word) => word !== '') }];
    }),
  );
  return found.flat();
}

/** Processes that were started with this in their environment, whoever their parent is by now. */
export async function processesWith(variable: string, value: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const found = await Promise.all(
    pids.map(async (pid) => {
      // One that has just ended, or is another user's, has no environment to be read.
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(`${variable}=${value}`) ? [pid] : [];
    }),
  );
  return found.flat();
}

/** Processes that have this in their arguments, whoever their parent is by now. */
export async function processesNaming(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return commandLine.includes(text) ? [pid] : [];
    }),
  );
  return found.flat();
}

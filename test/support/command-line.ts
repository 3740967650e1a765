import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Service } from './service.js';

/** The real command line: the built dist/cli/main.js as a process of its own. */

export const commandLine = join(process.cwd(), 'dist/cli/main.js');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Environment = Readonly<Record<string, string>>;

/** What a command needs to find a service: the variables that it was started with. */
export function environmentOf(service: Service, more: Environment = {}): Environment {
  return {
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: new URL(service.webhooks).port,
    METRICS_PORT: new URL(service.metrics).port,
    DATA_DIR: join(service.folder, 'data'),
    ...more,
  };
}

/** Runs a program to its end. The folder is not the project's: no .env of the developer's is read. */
export async function run(program: string, args: readonly string[], env: Environment = {}, input = ''): Promise<Ran> {
  const child = spawn(program, args, {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => {
    stdout += String(data);
  });
  child.stderr.on('data', (data) => {
    stderr += String(data);
  });
  child.stdin.on('error', () => undefined); // it may not want to read
  child.stdin.end(input);
  const [code]: (number | null)[] = await once(child, 'close');
  return { code: code ?? null, stdout, stderr };
}

export function runCommand(args: readonly string[], env: Environment = {}, input = ''): Promise<Ran> {
  return run(process.execPath, [commandLine, ...args], env, input);
}

export interface PseudoTerminal {
  /** Everything shown so far. */
  output(): string;
  press(keys: string): void;
  readonly ended: Promise<number | null>;
}

/** A shell command in a real pseudo-terminal of 24 lines and 100 columns, by util-linux' `script`. */
export function inTerminal(shellCommand: string, env: Environment): PseudoTerminal {
  const child = spawn('script', ['-qec', `stty rows 24 cols 100; ${shellCommand}`, '/dev/null'], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += String(data);
  });
  return {
    output: () => output,
    press: (keys) => void child.stdin.write(keys),
    ended: once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null)),
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Exposition, parseExposition } from './exposition.js';
import { freePort } from './free-port.js';

/** The real service: the built dist/main.js with its children and an embedded Redis, on free ports. */

export interface ChildView {
  readonly role: 'http' | 'worker';
  readonly slot: number;
  readonly pid?: number;
  readonly state: string;
  readonly restarts: number;
  /** A short hash of the tenants that it runs. */
  readonly configuration: string;
}

export interface StateView {
  readonly state: 'ready' | 'degraded' | 'unready';
  readonly reasons: readonly { readonly reason: string; readonly severity: string; readonly message: string }[];
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Service {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly webhooks: string;
  readonly metrics: string;
  readonly folder: string;
  /** Asks the metrics port, with METRICS_BEARER_TOKEN if it has one. */
  ask(path: string): Promise<Response>;
  children(): Promise<ChildView[]>;
  state(): Promise<StateView>;
  scrape(): Promise<Exposition>;
  /** Everything on stdout and stderr so far. */
  output(): string;
  /** Waits until the log has a line that matches. */
  logged(pattern: RegExp): Promise<void>;
  readonly ended: Promise<Ending>;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Ending>;
  /** Ends the primary and all its children in one moment, as a power cut would. */
  killWhole(): Promise<void>;
  /** Ends whatever is left and removes the folder. */
  destroy(): Promise<void>;
}

/** One child a role, for tests that are not about several: such a service starts with half the work. */
export const oneEach = { HTTP_PROCESSES: '1', WORKER_PROCESSES: '1' } as const;

export interface ServiceOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Resolve without waiting for readiness. */
  readonly unready?: boolean;
  /** Starts its process. Default: Node with the built dist/main.js. */
  readonly spawned?: (env: Readonly<Record<string, string>>, folder: string) => ChildProcess;
}

export const mainProgram = join(process.cwd(), 'dist/main.js');

/** For {@link ServiceOptions.spawned}: by this command. */
export const by =
  (program: string, ...args: readonly string[]): NonNullable<ServiceOptions['spawned']> =>
  (env, cwd) =>
    spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });

const startDeadlineMs = 60_000;

export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Waits for a condition that nothing announces, such as another process's end.
 *
 * @param deadlineMs Default: what a busy machine may need; a figure of the contract is given, or what is left of it
 */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  deadlineMs: number | (() => number) = 60_000,
): Promise<void> {
  const startMs = performance.now();
  const leftMs = typeof deadlineMs === 'function' ? deadlineMs : () => startMs + deadlineMs - performance.now();
  for (;;) {
    const askedMs = performance.now();
    if (await condition()) return;
    if (leftMs() < 0) throw new Error(`waited ${Math.round(performance.now() - startMs)} ms in vain until ${what}`);
    // Asking must not take the processor from what is waited for.
    await sleep(Math.max(20, 3 * (performance.now() - askedMs)));
  }
}

export async function startService({
  env = {},
  unready = false,
  spawned = by(process.execPath, mainProgram),
}: ServiceOptions = {}): Promise<Service> {
  const folder = await mkdtemp(join(tmpdir(), 'te-service-'));
  const [httpPort, metricsPort] = [await freePort(), await freePort()];
  let output = '';
  const own = {
    PATH: process.env['PATH'] ?? '',
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(httpPort),
    METRICS_PORT: String(metricsPort),
    DATA_DIR: join(folder, 'data'),
  };
  // A folder of its own: no .env of the developer's is read.
  const child = spawned({ ...own, ...env }, folder);
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (output += String(data)));
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const webhooks = `http://${env['HTTP_HOST'] ?? '127.0.0.1'}:${env['HTTP_PORT'] ?? httpPort}`;
  const metrics = `http://${env['METRICS_HOST'] ?? '127.0.0.1'}:${env['METRICS_PORT'] ?? metricsPort}`;
  const token = env['METRICS_BEARER_TOKEN'];
  const ask = (path: string): Promise<Response> =>
    fetch(`${metrics}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  const service: Service = {
    process: child,
    pid: child.pid ?? 0,
    webhooks,
    metrics,
    folder,
    ask,
    async children() {
      const status = (await (await ask('/status')).json()) as { children: ChildView[] };
      return status.children;
    },
    async state() {
      const { state, reasons } = (await (await ask('/status')).json()) as StateView;
      return { state, reasons };
    },
    async scrape() {
      const response = await ask('/metrics');
      const text = await response.text();
      if (!response.ok) throw new Error(`/metrics answered ${response.status}: ${text}`);
      return parseExposition(text);
    },
    output: () => output,
    ended,
    logged: (pattern) => until(`the log has ${pattern}`, () => pattern.test(output)),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
    async killWhole() {
      const pids = (await service.children()).flatMap(({ pid }) => pid ?? []);
      for (const pid of [service.pid, ...pids]) process.kill(pid, 'SIGKILL');
      await ended;
    },
    async destroy() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
      // Children that are still finishing their work hold the pipes open.
      child.stdout?.destroy();
      child.stderr?.destroy();
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
  if (!unready) {
    try {
      await ready(service);
    } catch (error) {
      // Nobody else knows of it yet: it would outlive the tests.
      await service.destroy();
      throw error;
    }
  }
  return service;
}

async function ready(service: Service): Promise<void> {
  const deadline = performance.now() + startDeadlineMs;
  for (;;) {
    const { exitCode } = service.process;
    if (exitCode !== null) throw new Error(`the service ended with ${exitCode}:\n${service.output()}`);
    if (performance.now() > deadline) throw new Error(`the service did not become ready:\n${service.output()}`);
    const response = await fetch(`${service.metrics}/readyz`).catch(() => undefined);
    // Ready means one child a role; the tests want all of them.
    if (response?.ok && (await service.children()).every(({ state }) => state === 'ready')) return;
    await sleep(50);
  }
}

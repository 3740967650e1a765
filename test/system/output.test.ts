import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processesWith } from '../../chaos/processes.js';
import { freePort } from '../support/free-port.js';
import { oneEach, until } from '../support/service.js';
import { postTicket } from '../support/webhooks.js';

/** The service on an output or a channel that takes nothing any more. */

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

interface Started {
  readonly process: ChildProcess;
  readonly webhooks: string;
  /** Its processes that are there now. */
  readonly processes: () => Promise<readonly number[]>;
}

/** @param around the words before and after the service's command */
async function startIn(program: string, around: (command: string) => readonly string[]): Promise<Started> {
  const start = (env: NodeJS.ProcessEnv): ChildProcess =>
    spawn(program, around(`exec "${process.execPath}" dist/main.js`), { env, stdio: ['pipe', 'ignore', 'ignore'] });
  return startWith(start);
}

async function startWith(start: (env: NodeJS.ProcessEnv) => ChildProcess): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'te-output-'));
  const [http, metrics] = [await freePort(), await freePort()];
  const child = start({
    PATH: process.env['PATH'],
    SHELL: '/bin/sh',
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(http),
    METRICS_PORT: String(metrics),
    DATA_DIR: folder,
    ...oneEach,
  });
  const processes = () => processesWith('DATA_DIR', folder);
  cleanUps.push(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  await until(
    'it is ready',
    async () => (await fetch(`http://127.0.0.1:${metrics}/readyz`).catch(() => undefined))?.ok === true,
    60_000,
  );
  return { process: child, webhooks: `http://127.0.0.1:${http}`, processes };
}

describe('the service', () => {
  it('serves when the disk of its log is full', async () => {
    const service = await startIn('sh', (command) => ['-c', `${command} > /dev/full 2>&1`]);
    const before = await service.processes();
    for (let i = 0; i < 5; i++) expect((await postTicket(service.webhooks, { ticket_id: `T-${i}` })).status).toBe(202);
    expect(await service.processes()).toEqual(before);
    service.process.kill('SIGTERM');
    await until('all its processes have ended', async () => (await service.processes()).length === 0, 60_000);
  }, 120_000);

  it('serves when the process that started it has closed its channel', async () => {
    let output = '';
    const service = await startWith((env) => {
      const child = fork('dist/main.js', [], { env, stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
      child.stdout?.on('data', (data) => (output += String(data)));
      child.disconnect(); // as what starts a daemon does, and what ends before the service is ready
      return child;
    });
    await until('it has said that it is ready', () => output.includes('ticket-enhancer is ready'), 60_000);
    expect((await postTicket(service.webhooks)).status).toBe(202);
    const ended = once(service.process, 'exit');
    service.process.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  }, 120_000);

  it('ends with the terminal that it was started in', async () => {
    const service = await startIn('script', (command) => ['-qec', command, '/dev/null']);
    expect((await service.processes()).length).toBeGreaterThan(2);
    service.process.kill('SIGKILL'); // closes the terminal
    await until('all its processes have ended', async () => (await service.processes()).length === 0, 60_000);
  }, 120_000);
});

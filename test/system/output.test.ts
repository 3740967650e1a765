import { expect, it } from '@jest/globals';
import { fork, spawn } from 'node:child_process';
import { join } from 'node:path';
import { processesWith } from '../../chaos/processes.js';
import { openService } from '../support/of-test.js';
import { mainProgram, oneEach, type Service, type ServiceOptions, until } from '../support/service.js';
import { postTicket } from '../support/webhooks.js';

/** The service on an output or a channel that takes nothing any more. */

const start = (spawned: NonNullable<ServiceOptions['spawned']>): Promise<Service> =>
  openService({ env: { ...oneEach, SHELL: '/bin/sh' }, spawned });

/** Its processes that are there now. */
const processesOf = ({ folder }: Service) => processesWith('DATA_DIR', join(folder, 'data'));
const untilAllEnded = (service: Service): Promise<void> =>
  until('all its processes have ended', async () => (await processesOf(service)).length === 0);

const command = `exec "${process.execPath}" "${mainProgram}"`;

it('the service serves when the disk of its log is full', async () => {
  const service = await start((env, cwd) =>
    spawn('sh', ['-c', `${command} > /dev/full 2>&1`], { env, cwd, stdio: 'ignore' }),
  );
  const before = await processesOf(service);
  for (let i = 0; i < 5; i++) expect((await postTicket(service.webhooks, { ticket_id: `T-${i}` })).status).toBe(202);
  expect(await processesOf(service)).toEqual(before);
  service.process.kill('SIGTERM');
  await untilAllEnded(service);
});

it('the service serves when the process that started it has closed its channel', async () => {
  const service = await start((env, cwd) => {
    const child = fork(mainProgram, [], { env, cwd, stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
    child.disconnect(); // as what starts a daemon does, and what ends before the service is ready
    return child;
  });
  await service.logged(/ticket-enhancer is ready/);
  expect((await postTicket(service.webhooks)).status).toBe(202);
  expect(await service.stop()).toEqual({ code: 0, signal: null });
});

it('the service ends with the terminal that it was started in', async () => {
  const service = await start((env, cwd) =>
    spawn('script', ['-qec', command, '/dev/null'], { env, cwd, stdio: ['pipe', 'ignore', 'ignore'] }),
  );
  expect((await processesOf(service)).length).toBeGreaterThan(2);
  service.process.kill('SIGKILL'); // closes the terminal
  await untilAllEnded(service);
});

import { spawn } from 'node:child_process';
import { mainProgram, type Service, startService, until } from '../test/support/service.js';

/** The built service, whose log goes nowhere. */
export async function startMeasured(env: Readonly<Record<string, string>>): Promise<Service> {
  const service = await startService({
    env,
    unready: true,
    spawned: (all, cwd) =>
      spawn(process.execPath, [mainProgram], { cwd, env: all, stdio: ['ignore', 'ignore', 'inherit'] }),
  });
  const isReady = async () => (await fetch(`${service.metrics}/readyz`).catch(() => undefined))?.ok === true;
  await until('the service is ready', isReady);
  return service;
}

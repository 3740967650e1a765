import { afterEach, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { oneEach, type Service, startService, until } from '../support/service.js';

/** The folder in which the service was started, when a deployment replaces or removes it. */

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'te-folder-'));
  folders.push(made);
  return made;
};
let service: Service | undefined;

afterEach(async () => {
  await service?.destroy();
  service = undefined;
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

it.each([
  ['replaced', true],
  ['removed', false],
])('a child starts though the folder was %s in which the primary was started', async (_what, isMadeAgain) => {
  service = await startService({ env: { ...oneEach, DATA_DIR: join(folder(), 'data') } });
  const { pid } = (await service.children())[0] ?? {};
  rmSync(service.folder, { recursive: true });
  if (isMadeAgain) mkdirSync(service.folder);
  process.kill(pid ?? 0, 'SIGKILL');
  await until('the child is replaced', async () => {
    const children = (await service?.children()) ?? [];
    return children.every(({ state }) => state === 'ready') && children.every((child) => child.pid !== pid);
  });
});

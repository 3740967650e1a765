import { it } from '@jest/globals';
import { mkdirSync, rmSync } from 'node:fs';
import { openService } from '../support/of-test.js';
import { temporaryFolder } from '../support/opened.js';
import { oneEach, until } from '../support/service.js';

/** The folder in which the service was started, when a deployment replaces or removes it. */

it.each([
  ['replaced', true],
  ['removed', false],
])('a child starts though the folder was %s in which the primary was started', async (_what, isMadeAgain) => {
  const service = await openService({ env: { ...oneEach, DATA_DIR: temporaryFolder() } });
  const { pid } = (await service.children())[0] ?? {};
  rmSync(service.folder, { recursive: true });
  if (isMadeAgain) mkdirSync(service.folder);
  process.kill(pid ?? 0, 'SIGKILL');
  await until('the child is replaced', async () => {
    const children = await service.children();
    return children.every(({ state }) => state === 'ready') && children.every((child) => child.pid !== pid);
  });
});

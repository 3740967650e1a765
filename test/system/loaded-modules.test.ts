import { expect, it } from '@jest/globals';
import { loadedModules, probeInto } from '../support/loaded-modules.js';
import { openService } from '../support/of-test.js';
import { temporaryFolder } from '../support/opened.js';
import { oneEach } from '../support/service.js';
import { postTicket } from '../support/webhooks.js';

/** What each process loads is what its start costs. */

const noteEngine = /\/dist\/enhancement\/(?:pipeline|retrieval)\.js|\/node_modules\/(?:markdown-it|linkify-it)\//;
const yaml = /\/node_modules\/yaml\//;

it('only workers load what writes notes, and no http child the parser of tenants files', async () => {
  const folder = temporaryFolder();
  const service = await openService({ env: { ...oneEach, ...probeInto(folder) } });
  expect((await postTicket(service.webhooks)).status).toBe(202);
  await service.logged(/job finished/);
  expect(await service.stop()).toEqual({ code: 0, signal: null });
  const processes = loadedModules(folder);
  const havingLoaded = (file: string) => processes.filter((modules) => modules.some((one) => one.endsWith(file)));
  const [workers, https] = [havingLoaded('/dist/workers/worker.js'), havingLoaded('/dist/api/http-child.js')];
  const primaries = havingLoaded('/dist/primary/primary.js');
  expect([workers.length, https.length, primaries.length]).toEqual([1, 1, 1]);
  for (const modules of workers) expect(modules.some((one) => noteEngine.test(one))).toBe(true);
  for (const modules of [...https, ...primaries]) expect(modules.filter((one) => noteEngine.test(one))).toEqual([]);
  for (const modules of https) expect(modules.filter((one) => yaml.test(one))).toEqual([]);
});

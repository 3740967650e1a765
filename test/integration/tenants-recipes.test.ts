import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type TestApi, startApi } from '../support/api.js';
import { startRedis, type TestRedis } from '../support/redis.js';

/** Runs what docs/tenants.md tells its readers to type, as they would: one after the other, in one shell. */

const page = readFileSync('docs/tenants.md', 'utf8');
const recipes = [...page.matchAll(/^### (.+)$|^```sh\n([^]*?)^```$/gm)].reduce<{ title: string; script: string }[]>(
  (found, [, title, script]) => {
    const latest = found.at(-1);
    if (title !== undefined) found.push({ title, script: '' });
    else if (latest !== undefined) latest.script += script;
    return found;
  },
  [],
);
const runnable = recipes.filter(({ script }) => script !== '');

let redis: TestRedis;
let api: TestApi;

beforeAll(async () => {
  redis = await startRedis();
  api = await startApi(redis.url);
});

afterAll(async () => {
  await api.close();
  await redis.stop();
});

const has = (command: string) => spawnSync(command, ['--version']).error === undefined;
// They are the reader's tools and not this project's: where they are missing there is nothing to try.
const describeWithTools = has('curl') && has('openssl') ? describe : describe.skip;

describeWithTools('docs/tenants.md', () => {
  it('has a recipe for each scheme', () => {
    const all = runnable.map(({ script }) => script).join('');
    for (const header of [
      'X-ServiceDesk-Signature',
      'webhook-signature',
      'x-desk-token',
      'resolved-ticket',
      'whsec_',
    ]) {
      expect(all).toContain(header);
    }
  });

  it.each(runnable.map(({ title }, i) => [title, i] as const))('%s', async (_title, index) => {
    // Each builds on the variables of those before it.
    const script = runnable.slice(0, index + 1).map((recipe) => recipe.script);
    const { stdout } = await promisify(execFile)('sh', [
      '-euc',
      script.join('\n').replaceAll('http://localhost:8080', api.url),
    ]);
    const statuses = [...stdout.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status);
    expect(statuses.length).toBeGreaterThan(index);
    expect(new Set(statuses)).toEqual(new Set(['202']));
  });
});

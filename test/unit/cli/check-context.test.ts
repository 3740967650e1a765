import { expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contextCheck } from '../../../src/cli/checks/check-context.js';
import type { Tenant } from '../../../src/tenants/index.js';
import { temporaryFolder } from '../../support/opened.js';

it('the check of a single article counts it in the singular', async () => {
  const path = temporaryFolder();
  writeFileSync(join(path, 'vpn.md'), '# Reset');
  const { run } = contextCheck({ id: 'acme', knowledge: { path } } as Tenant);
  expect(await run(AbortSignal.timeout(60_000))).toMatchObject([{ level: 'ok', text: `1 article in ${path}` }]);
});

it('the check of a knowledge base tells its drafts without a warning', async () => {
  const path = temporaryFolder();
  for (const name of ['mail.md', 'vpn.md']) writeFileSync(join(path, name), '# Reset');
  for (const name of ['a.md', 'b.md']) writeFileSync(join(path, name), '---\ndraft: true\n---\nText');
  const { run } = contextCheck({ id: 'acme', knowledge: { path } } as Tenant);
  expect(await run(AbortSignal.timeout(60_000))).toEqual([
    { subject: 'context of acme', level: 'ok', text: `2 articles in ${path} (2 drafts are left out)` },
  ]);
});

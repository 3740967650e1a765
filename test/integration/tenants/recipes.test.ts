import { describe, expect, it } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { authenticate } from '../../../src/api/signatures/authenticate.js';
import { resolveTenants } from '../../../src/tenants/index.js';
import { parseTenantsDocument } from '../../../src/tenants/tenants-file.js';
import { apiOfFile } from '../../support/of-file.js';

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

const own = apiOfFile();

describe('docs/tenants.md', () => {
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
      script.join('\n').replaceAll('http://localhost:8080', own.api.url),
    ]);
    const statuses = [...stdout.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status);
    expect(statuses.length).toBeGreaterThan(index);
    expect(new Set(statuses)).toEqual(new Set(['202']));
  });
});

describe('the secrets that the documents make', () => {
  /** `printf 'whsec_%s' "$(openssl …)"` and `echo "whsec_$(openssl …)"`, wherever they stand. */
  const commands = [
    'docs/running.md',
    'docs/tenants.md',
    'docs/operations/secret-rotation.md',
    'docs/operations/tenant-onboarding.md',
  ].flatMap((file) => {
    const found = readFileSync(file, 'utf8').match(/(?:printf|echo) [^\n`]*openssl rand[^\n`]*?\)"/g) ?? [];
    return found.map((command) => [file, command] as const);
  });

  it('stand on each page that has one made', () => expect(new Set(commands.map(([file]) => file)).size).toBe(4));

  it.each(commands)(
    'of %s, by %s, are those with which the official Standard Webhooks library signs',
    (_file, command) => {
      const { stdout } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
      const secret = stdout.trim();
      expect(Buffer.from(secret.replace('whsec_', ''), 'base64').length).toBeGreaterThanOrEqual(24);
      const file =
        'tenants: [{ id: acme, name: Acme, webhook: { standard_webhooks: { secrets: ["env:S"] } }, desk: { type: local } }]';
      const tenants = resolveTenants(parseTenantsDocument(file, 'tenants.yaml'), {
        env: { S: secret },
        readFile: () => '',
      });
      const at = new Date();
      const headers = {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign('msg_1', at, '{}'),
      };
      const delivery = authenticate(tenants.get('acme'), {
        headers,
        body: Buffer.from('{}'),
        nowSeconds: at.getTime() / 1000,
      });
      expect(delivery).toEqual({ id: 'webhook-id:msg_1' });
    },
  );
});

import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '../support/command-line.js';
import { valueOf } from '../support/exposition.js';
import { serviceOfFile } from '../support/of-file.js';
import { openDesk, openService } from '../support/of-test.js';
import { afterFile, forTest, temporaryFolder } from '../support/opened.js';
import { startProxy } from '../support/proxy-server.js';
import { oneEach, type Service, until } from '../support/service.js';
import { deskCredential, serviceDeskAt, writeTenants } from '../support/tenants-files.js';
import { postTicket, serviceDeskSignature, ticket } from '../support/webhooks.js';

/** The whole service, on files and in an environment as people have them. */

const folder = temporaryFolder(afterFile);

function put(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const crlf = (text: string): string => `\uFEFF${text.replaceAll('\n', '\r\n')}`;
const resolved = (id: string): string =>
  JSON.stringify({
    ticket_id: id,
    subject: 'VPN',
    description: 'The VPN drops every hour.',
    resolution: 'Renewed the lease.',
    resolved_at: '2026-11-01T10:00:00Z',
  });

/** Saved on Windows, mounted from a ConfigMap, and with one bad document in each source. */
function writeTenant(): string {
  put(
    'kb/..2024_11_28/vpn.md',
    crlf('# VPN drops\n\nTurn the VPN client off, wait for ten seconds and turn it on again.\n'),
  );
  symlinkSync('..2024_11_28', join(folder, 'kb/..data'));
  symlinkSync('..data/vpn.md', join(folder, 'kb/vpn.md'));
  symlinkSync('nowhere', join(folder, 'kb/dangling.md'));
  // Whoever opens it to read waits for somebody who writes.
  execFileSync('mkfifo', [join(folder, 'kb/pipe.md')]);
  put('history.jsonl', crlf(`${resolved('T-1')}\n{"ticket_id": broken\n${resolved('T-2')}\n`));
  put('inventory.yaml', crlf('- name: vpn-gw-01\n- kind: router\n'));
  put('secret', '\uFEFF canary-webhook-secret \r\n\r\n');
  return put(
    'tenants.yaml',
    crlf(`tenants:
  - id: acme
    name: Acme
    webhook: { servicedesk_signature: { secrets: ["file:${join(folder, 'secret')}"] } }
    desk: { type: local }
    knowledge: { path: kb }
    history: { path: history.jsonl }
    inventory: { path: inventory.yaml }
`),
  );
}

async function send(service: Service, id: string): Promise<number> {
  const fields = ticket({ ticket_id: id });
  const signature = serviceDeskSignature(JSON.stringify(fields), 'canary-webhook-secret');
  return (await postTicket(service.webhooks, fields, signature)).status;
}

describe('a service', () => {
  const strangers = { HTTPS_PORT: '443', REDIS_URI: 'redis://elsewhere', LLM_PROVIDER: 'none' };
  let tenantsFile: string;
  beforeAll(() => {
    tenantsFile = writeTenant();
  });
  const service = serviceOfFile(() => ({ env: { ...oneEach, TENANTS_FILE: tenantsFile, ...strangers } }));

  it('starts although variables resemble its own, and warns of them once', async () => {
    for (const name of Object.keys(strangers)) {
      expect(service.output().split(`${name} is not a variable of this service`)).toHaveLength(2);
    }
  });

  it('signs with the secret that was meant, and says once what is around it, without it', async () => {
    expect(await send(service, 'T-100')).toBe(202);
    const told = `The secret file:${join(folder, 'secret')} is used without the blanks, line ends or quotation marks around it`;
    expect(service.output().split(told)).toHaveLength(2);
    expect(service.output()).not.toContain('canary-webhook-secret');
  });

  it('uses the rest of a source, and says on its page and in its metrics what is left out', async () => {
    await until('the note is written', async () => {
      const note = await service.ask('/desk/acme/tickets/T-100');
      return note.ok && /VPN drops/.test(await note.text());
    });
    await until('the state says so', async () => (await service.state()).reasons.length > 0);
    expect(await service.state()).toMatchObject({
      state: 'degraded',
      reasons: [
        {
          reason: 'context_incomplete',
          message: expect.stringMatching(
            /^Context is incomplete: ([12] documents? in \w+ of acme left out, in whole or in part; ){3}`ticket-enhancer check` names those in files; others are over a limit of docs\/tenants\.md\.$/,
          ),
        },
      ],
    });
    const scrape = await service.scrape();
    const documents = (source: string, state: string) =>
      valueOf(scrape, 'context_documents', { tenant_id: 'acme', source, state });
    expect([documents('knowledge_base', 'used'), documents('knowledge_base', 'skipped')]).toEqual([1, 2]);
    expect([documents('ticket_history', 'used'), documents('ticket_history', 'skipped')]).toEqual([2, 1]);
    expect([documents('inventory', 'used'), documents('inventory', 'skipped')]).toEqual([1, 1]);
    expect(valueOf(scrape, 'enhancement_context_failures_total', { tenant_id: 'acme', source: 'inventory' }) ?? 0).toBe(
      0,
    );
  });

  const leftOut = [
    'dangling.md is a link that leads nowhere',
    'pipe.md is not a file',
    'line 2 of history.jsonl is not JSON',
    'the 2nd entry of inventory.yaml cannot be used: name is missing',
  ];

  it('has its files told by check', async () => {
    const env = { TENANTS_FILE: tenantsFile, ...strangers };
    const { findings } = JSON.parse((await runCommand(['check', '--json'], env)).stdout) as {
      findings: { subject: string; level: string; text: string }[];
    };
    const warnings = findings.filter(({ level }) => level === 'warning').map(({ text }) => text);
    for (const sentence of leftOut) expect(warnings).toContainEqual(expect.stringContaining(sentence));
    for (const name of Object.keys(strangers)) expect(warnings).toContainEqual(expect.stringContaining(name));
    expect(warnings).toContainEqual(expect.stringContaining('is used without the blanks'));
    expect(findings.filter(({ subject, level }) => subject === 'context of acme' && level === 'ok')).toHaveLength(3);
  });

  it('has its files told by tenants validate', async () => {
    const { code, stdout } = await runCommand(['tenants', 'validate', tenantsFile]);
    expect(code).toBe(0);
    for (const sentence of leftOut) expect(stdout).toContain(sentence);
    const json = await runCommand(['tenants', 'validate', tenantsFile, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ valid: true, tenants: 1, problems: [], warnings: { length: 4 } });
  });
});

describe('a service that has no direct way out', () => {
  it('writes its notes through HTTP_PROXY, with its password, which is shown nowhere', async () => {
    const desk = await openDesk({ credential: deskCredential });
    const proxy = await forTest(startProxy({ credentials: 'me:canary-proxy' }), (opened) => opened.close());
    const { port } = new URL(desk.baseUrl);
    const atDesk = { ...serviceDeskAt(`http://desk.invalid:${port}`), allow_private_network: false };
    const env = {
      ...oneEach,
      ...writeTenants(temporaryFolder(), { acme: { desk: atDesk } }),
      http_proxy: `me:canary-proxy@localhost:${proxy.port}`,
    };
    const service = await openService({ env });
    expect((await postTicket(service.webhooks, { ticket_id: '7' })).status).toBe(202);
    await until('the note is there', () => desk.notes('7').length === 1);
    expect(proxy.requests.every((line) => line.includes(`http://desk.invalid:${port}/api/v3/requests/7/notes`))).toBe(
      true,
    );
    const shown = `${await (await service.ask('/status')).text()}${service.output()}`;
    expect(shown).not.toContain('canary-proxy');
    const check = await runCommand(['check'], env);
    expect(check.stdout).toContain(`through the proxy localhost:${proxy.port}`);
    expect(check.stdout).not.toContain('canary-proxy');
  });
});

import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { patientConnection } from '../../src/redis/connection.js';
import { commandLine, environmentOf, inTerminal, run, runCommand } from '../support/command-line.js';
import { startDeskServer } from '../support/desk-server.js';
import { desksUnderTest } from '../support/desks/index.js';
import { webhookOf } from '../support/desks/protocol.js';
import { valueOf } from '../support/exposition.js';
import { freePort } from '../support/free-port.js';
import { loadedModules, probeInto } from '../support/loaded-modules.js';
import { serviceOfFile } from '../support/of-file.js';
import { bullQueue, openService } from '../support/of-test.js';
import { afterFile, afterTest, eachFile, temporaryFolder } from '../support/opened.js';
import { startSearchEngine } from '../support/search-engine-server.js';
import { by, oneEach, until } from '../support/service.js';
import { serviceDeskAt, writeTenants } from '../support/tenants-files.js';

const folder = temporaryFolder(afterFile);

function json(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

describe('ticket-enhancer, whatever runs', () => {
  it('is a program, as npx and an installation run it', async () => {
    const { version } = json(readFileSync('package.json', 'utf8'));
    expect(await run(commandLine, ['--version'])).toMatchObject({ code: 0, stdout: `${String(version)}\n` });
    const help = await run(commandLine, ['jobs', 'show', '--help']);
    expect(help).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Usage: .*\nExit codes:\n {2}0 /s) });
    expect(await run(commandLine, ['jobs', 'help', 'show'])).toEqual(help);
  });

  it.each([[['--version']], [['--help']], [['jobs', 'retry', '--help']], [['send', '--scheme', 'x']]])(
    'loads no command’s action, and no package but commander, for %j',
    async (args) => {
      const probed = temporaryFolder();
      await runCommand(args, probeInto(probed));
      const [modules = [], ...others] = loadedModules(probed);
      expect(others).toEqual([]);
      expect(modules).toContainEqual(expect.stringContaining('/dist/cli/commands/send.js'));
      expect(modules.filter((one) => /\/cli\/actions\//.test(one))).toEqual([]);
      expect(modules.filter((one) => /node_modules(?!\/commander\/)/.test(one))).toEqual([]);
    },
  );

  it('answers a mistake with one sentence and 2', async () => {
    const mistakes = [
      ['frob'],
      ['send', '--scheme', 'x'],
      ['send', '--timeout', 'soon'],
      ['jobs', 'retry'],
      ['send', '--file', '/nowhere'],
      ['sign', '--tenant', 'acme', '--file', '/dev/null', '--ticket', 'T-1'],
    ];
    for (const args of mistakes) {
      const { code, stdout, stderr } = await runCommand(args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
    for (const args of [[], ['jobs'], ['help', 'frob']]) {
      const { code, stdout, stderr } = await runCommand(args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr).toMatch(/^Usage: .*configuration or the tenants file is not valid\n$/s);
    }
    const { code, stderr } = await runCommand(['send', '--jso', '--json']);
    expect(code).toBe(2);
    expect(json(stderr)).toMatchObject({ error: { code: 'USAGE', exit_code: 2 } });
  });

  it('says with 3 that nothing is there, and what to do', async () => {
    const env = { HTTP_PORT: String(await freePort()), METRICS_PORT: String(await freePort()), DATA_DIR: folder };
    for (const args of [['send'], ['top'], ['jobs', 'failed'], ['jobs', 'show', 'd'.padEnd(41, '0')]]) {
      const { code, stdout, stderr } = await runCommand(args, env);
      expect({ args, code, stdout }).toEqual({ args, code: 3, stdout: '' });
      expect(stderr).toMatch(/npm start/);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });

  it('check finds both ports free and no service: it does not meet its own try of the metrics port', async () => {
    const ports = { HTTP_PORT: String(await freePort()), METRICS_PORT: String(await freePort()) };
    for (let round = 0; round < 5; round++) {
      const { stdout } = await runCommand(['check', '--json'], { ...ports, DATA_DIR: folder });
      expect(json(stdout)['findings']).toEqual(
        expect.arrayContaining([
          { subject: `port ${ports.METRICS_PORT}`, level: 'ok', text: 'free (METRICS_PORT)' },
          { subject: 'service', level: 'ok', text: `not running at http://127.0.0.1:${ports.METRICS_PORT} yet` },
        ]),
      );
    }
  });

  it('refuses a bad configuration with 78, as the service does', async () => {
    for (const command of ['send', 'sign', 'top', 'start']) {
      const { code, stderr } = await runCommand([command], { HTTP_PORT: 'x' });
      expect({ command, code }).toEqual({ command, code: 78 });
      expect(stderr).toContain('HTTP_PORT must be a whole number from 1 to 65535');
    }
    const { code, stdout } = await runCommand(['check', '--json'], { HTTP_PORT: 'x' });
    expect(code).toBe(78);
    expect(json(stdout)).toMatchObject({ ok: false, findings: [{ subject: 'configuration', level: 'failed' }] });
  });

  it('validates a tenants file, every error by its line', async () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'tenants:\n  - id: Acme\n    name: x\n    webhook: {}\n    desk: { type: local }\n');
    const bad = await runCommand(['tenants', 'validate', file]);
    expect(bad.code).toBe(78);
    expect(bad.stderr).toMatch(/Line 2, the 1st tenant: id must .*\n.*Line 4, the 1st tenant: webhook needs /);
    const told = await runCommand(['tenants', 'validate', file, '--json']);
    expect(told.code).toBe(78);
    expect(json(told.stdout)).toMatchObject({ valid: false, problems: [expect.any(String), expect.any(String)] });
    const checked = await runCommand(['check'], {
      TENANTS_FILE: file,
      DATA_DIR: folder,
      HTTP_PORT: String(await freePort()),
      METRICS_PORT: String(await freePort()),
    });
    expect(checked.code).toBe(78);
    expect(checked.stdout).toMatch(/failed +tenants file +.*Line 2/);
    expect(await runCommand(['tenants', 'validate'])).toMatchObject({
      code: 0,
      stdout: 'ok  the demo tenants: 2 tenants\n',
    });
  });

  it('lists the tenants without their secrets', async () => {
    const listed = await runCommand(['tenants', 'list', '--json']);
    expect(json(listed.stdout)).toEqual({
      tenants: ['acme', 'globex'].map((id) => ({
        id,
        name: expect.any(String),
        active: true,
        schemes: ['standard', 'servicedesk', 'token'],
        desk: 'local',
        requests_per_minute: 6000,
        words_per_note: 500,
      })),
    });
    expect(listed.stdout).not.toContain('demo-secret');
    expect((await runCommand(['tenants', 'list'])).stdout).toMatch(
      /^ID .*NAME\nacme +yes +standard servicedesk token +local/,
    );
  });
});

describe('beside a running service', () => {
  const token = { METRICS_BEARER_TOKEN: 'scrape-me' };
  const service = serviceOfFile(() => ({ env: { ...token, CHILD_HUNG_MS: '120000' } }));
  let env: ReturnType<typeof environmentOf>;
  beforeAll(() => {
    env = environmentOf(service, token);
  });

  it('check finds everything in order', async () => {
    const { code, stdout } = await runCommand(['check', '--json'], env);
    const { ok, findings } = JSON.parse(stdout) as {
      ok: boolean;
      findings: { subject: string; level: string; text: string }[];
    };
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    const texts = findings.map(({ subject, text }) => `${subject}: ${text}`);
    expect(texts).toContainEqual(expect.stringMatching(/^redis: .*appendfsync always/));
    expect(texts).toContainEqual(expect.stringMatching(/^redis: .*noeviction/));
    expect(texts).toContainEqual(expect.stringMatching(/^service: the one at http:\S+ is ready$/));
    expect(texts.filter((text) => /^port \d+: this service answers there already/.test(text))).toHaveLength(2);
    expect((await runCommand(['check'], env)).stdout).toMatch(/\nNo problems found\.\n$/);
  });

  it('check has the reasons of its state: a warning for degraded, failed for unready', async () => {
    const workers = (await service.children()).flatMap(({ role, pid }) => (role === 'worker' && pid ? [pid] : []));
    const [first = 0, ...others] = workers;
    const checked = async () => {
      const { code, stdout } = await runCommand(['check', '--json'], env);
      const { findings } = JSON.parse(stdout) as { findings: { subject: string; level: string; text: string }[] };
      return { code, found: findings.filter(({ subject }) => subject === 'service') };
    };
    try {
      process.kill(first, 'SIGSTOP');
      await until('it is degraded', async () => (await service.state()).state === 'degraded');
      expect(await checked()).toMatchObject({
        code: 0,
        found: [
          { level: 'warning', text: expect.stringMatching(/^degraded: .*worker 0 is stale.*\(child_missing\)$/) },
        ],
      });
      for (const pid of others) process.kill(pid, 'SIGSTOP');
      await until('it is unready', async () => (await service.state()).state === 'unready');
      expect(await checked()).toMatchObject({
        code: 1,
        found: [
          { level: 'failed', text: expect.stringMatching(/^unready: No worker child is ready.*\(role_not_ready\)$/) },
        ],
      });
    } finally {
      for (const pid of workers) process.kill(pid, 'SIGCONT');
    }
    await until('it is ready again', async () => (await service.state()).state === 'ready');
  });

  it('check names another program on a port, and a folder that is missing', async () => {
    const file = join(folder, 'missing.yaml');
    const tenant =
      'id: acme\n    name: A\n    webhook: { static_token: { header: x-t, secrets: ["env:T"] } }\n    desk: { type: local }';
    writeFileSync(file, `tenants:\n  - ${tenant}\n    knowledge: { path: ./nowhere }\n`);
    const redis = new URL(service.metrics).port;
    const { code, stdout } = await runCommand(['check'], {
      ...env,
      TENANTS_FILE: file,
      T: 'secret-t',
      HTTP_PORT: redis,
      METRICS_PORT: new URL(service.webhooks).port,
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/failed +port \d+ +Port \d+ on \S+ is in use by another program.*set HTTP_PORT/);
    expect(stdout).toMatch(/failed +context of acme +.*nowhere cannot be used/);
    const missing = await runCommand(['check'], { ...env, TENANTS_FILE: file });
    expect(missing.code).toBe(78);
    expect(missing.stdout).toMatch(
      /failed +secrets +Tenant acme, webhook.static_token.secrets: the environment variable T is not set/,
    );
  });

  it.each(['standard', 'servicedesk', 'token'])('send by %s waits for the note', async (scheme) => {
    const ticket = `CLI-${scheme}`;
    const { code, stdout } = await runCommand(['send', '--scheme', scheme, '--ticket', ticket], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^202 {2}${ticket} of acme \\(${scheme}\\): accepted in `));
    expect(stdout).toMatch(/\nThe note after .*\(extractive\):\n\n {2}(Probably|Possibly) \w.*“.*”\n/);
  });

  it('send tells a script everything', async () => {
    const { code, stdout, stderr } = await runCommand(
      ['send', '--tenant', 'globex', '--subject', 'Certificate renewal failed', '--json'],
      env,
    );
    expect(code).toBe(0);
    expect(json(stdout)).toMatchObject({
      outcome: 'note',
      tenant_id: 'globex',
      scheme: 'standard',
      job_id: expect.stringMatching(/^d[0-9a-f]{40}$/),
      duplicate: false,
      seconds: expect.any(Number),
      note: { mode: 'extractive', text: expect.any(String) },
    });
    expect(stderr).toMatch(/^waiting for the note\n(waiting for the note: the job is (prioritized|active)\n)*$/);
  });

  it('send says that nothing was found, and that the tenant wants no note then', async () => {
    const cake = {
      tenant_id: 'acme',
      ticket_id: 'CAKE-1',
      subject: 'Birthday cake',
      description: 'It is in the kitchen.',
    };
    const silent = await runCommand(['send', '--file', '-', '--json'], env, JSON.stringify(cake));
    expect(silent).toMatchObject({ code: 0 });
    expect(json(silent.stdout)).toMatchObject({ outcome: 'silent', note: null });
  });

  it.each(['--subject', '--description'])('send and sign with %s alone send no other words', async (option) => {
    const given = [option, 'Birthday cake in the kitchen'];
    const { code, stdout } = await runCommand(['send', ...given, '--json'], env);
    expect({ code, ...json(stdout) }).toMatchObject({ code: 0, outcome: 'silent', note: null });
    expect((await runCommand(['sign', ...given], env)).stdout).not.toContain('VPN');
  });

  it('send says why a webhook was refused, with 4', async () => {
    const wrong = await runCommand(['send'], { ...env, DEMO_ACME_WEBHOOK_SECRET: 'another' });
    expect(wrong).toMatchObject({ code: 4, stdout: '' });
    expect(wrong.stderr).toMatch(/^401: .* same tenants file/);
    const unfit = await runCommand(['send', '--file', '-', '--json'], env, '{"tenant_id":"acme"}');
    expect(unfit).toMatchObject({ code: 4, stdout: '' });
    expect(json(unfit.stderr)).toMatchObject({
      error: {
        code: 'REJECTED',
        message: expect.stringMatching(/^422: ticket_id is missing; .*\. Correct the body\.$/),
        exit_code: 4,
      },
    });
    expect(await runCommand(['send', '--tenant', 'nobody'], env)).toMatchObject({ code: 7 });
  });

  it.each([
    [['send', '--tenant', 'acmee'], 7, 'There is no tenant acmee. Did you mean acme?'],
    [['send', '--tenant', 'nobody'], 7, 'There is no tenant nobody. There are acme, globex.'],
    [['jobs', 'failed', '--tenant', 'Acme'], 7, 'There is no tenant Acme. Did you mean acme?'],
    [['jobs', 'deferred', '--tenant', 'globx'], 7, 'There is no tenant globx. Did you mean globex?'],
    [['jobs', 'retry', '--all', '--tenant', 'acm'], 7, 'There is no tenant acm. Did you mean acme?'],
    [['jobs', 'show', 'T-0', '--tenant', 'acne'], 7, 'There is no tenant acne. Did you mean acme?'],
    [['send', '--file', '-'], 2, /^The body from stdin is empty, .* give the tenant with --tenant\.$/],
    [['sign', '--file', 'package.json'], 2, 'The body cannot be read from package.json: there is no such file.'],
    [['send', '--file', '/'], 2, 'The body cannot be read from /: this is a folder.'],
    [['start', '--port', '1'], 2, "Unknown option '--port'. See `ticket-enhancer start --help`."],
    [['jobs', 'sho'], 2, "Unknown command 'sho' (Did you mean show?) See `ticket-enhancer jobs --help`."],
  ] as const)('a mistake in %j gets a sentence', async (args, code, sentence) => {
    const { stdout, stderr, ...ran } = await runCommand(args, env);
    expect({ code: ran.code, stdout }).toEqual({ code, stdout: '' });
    if (typeof sentence === 'string') expect(stderr).toBe(`${sentence}\n`);
    else expect(stderr.trimEnd()).toMatch(sentence);
  });

  it('send signs a body without tenant_id as the tenant that is named', async () => {
    const unnamed = await runCommand(['send', '--file', '-'], env, '{"ticket_id":"T-1"}');
    expect(unnamed).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^The body from stdin has no tenant_id, /),
    });
    expect(await runCommand(['send', '--file', '-', '--tenant', 'acme'], env, '{"ticket_id":"T-1"}')).toMatchObject({
      code: 4,
    });
  });

  it('jobs show finds the jobs of a ticket, newest first', async () => {
    const sent: Record<string, unknown>[] = [];
    for (let i = 0; i < 2; i++)
      sent.push(json((await runCommand(['send', '--ticket', 'TWICE-1', '--json'], env)).stdout));
    const ids = sent.map(({ job_id }) => job_id);
    const found = json((await runCommand(['jobs', 'show', 'TWICE-1', '--json'], env)).stdout);
    expect(found).toMatchObject({ jobs: ids.reverse().map((id) => ({ id, ticket_id: 'TWICE-1' })), not_looked_at: 0 });
    const listed = await runCommand(['jobs', 'show', 'TWICE-1'], env);
    expect(listed.stdout).toMatch(
      /^ID +TENANT +TICKET +STATE +ACCEPTED +REASON OR RESULT\n(d.* acme +TWICE-1 +completed .*\n){2}$/,
    );
    const one = await runCommand(['jobs', 'show', String(sent[0]?.['correlation_id'])], env);
    expect(one.stdout).toContain(`job           ${String(sent[0]?.['job_id'])}\n`);
    expect(await runCommand(['jobs', 'show', 'TWICE-1', '--tenant', 'globex'], env)).toMatchObject({
      code: 7,
      stderr: expect.stringMatching(/^There is no job of globex with the job, ticket or correlation id TWICE-1\. /),
    });
  });

  it('sign makes headers that the service takes, for a body byte for byte', async () => {
    const body =
      '{ "event":"ticket_created", "tenant_id":"globex","ticket_id":"S-1","description":"ä","priority":"low","created_at":"2026-11-23T10:00:00Z"}';
    for (const scheme of ['standard', 'servicedesk', 'token']) {
      const { stdout } = await runCommand(['sign', '--scheme', scheme, '--file', '-', '--json'], env, body);
      const { headers } = JSON.parse(stdout) as { headers: Record<string, string> };
      const response = await fetch(`${service.webhooks}/webhook/servicedesk`, { method: 'POST', headers, body });
      expect({ scheme, status: response.status }).toEqual({ scheme, status: 202 });
    }
    const { stdout } = await runCommand(['sign', '--scheme', 'servicedesk'], env);
    const [head = '', made = ''] = stdout.split('\n\n');
    const headers = Object.fromEntries(head.split('\n').map((line) => line.split(': ', 2) as [string, string]));
    const response = await fetch(`${service.webhooks}/webhook/servicedesk`, {
      method: 'POST',
      headers,
      body: made.trimEnd(),
    });
    expect(response.status).toBe(202);
    const curl = (await runCommand(['sign', '--curl', '--description', "it's"], env)).stdout;
    const said = await run('sh', ['-c', curl.replace(/^curl/, 'set --')]);
    expect(said).toMatchObject({ code: 0, stderr: '' }); // quoted well, whether or not this machine has curl
  });

  it('jobs show has everything but the text, unless asked', async () => {
    const sent = json(
      (await runCommand(['send', '--subject', 'VPN drops every hour. Only in the text', '--json'], env)).stdout,
    );
    const id = String(sent['job_id']);
    await until('it is completed', async () =>
      (await runCommand(['jobs', 'show', id], env)).stdout.includes('completed'),
    );
    const shown = await runCommand(['jobs', 'show', id, '--json'], env);
    expect(json(shown.stdout)).toMatchObject({
      id,
      state: 'completed',
      tenant_id: 'acme',
      attempts: { made: 1, allowed: 4 },
      times_run_again: 0,
      finished_at: expect.any(String),
      reason: null,
      result: { publication: 'posted' },
    });
    expect(shown.stdout).not.toContain('Only in the text');
    expect((await runCommand(['jobs', 'show', id, '--text'], env)).stdout).toContain('Only in the text');
    expect((await runCommand(['jobs', 'show', 'meta'], env)).code).toBe(7);
    const retried = await runCommand(['jobs', 'retry', id, 'dnone', '--json'], env);
    expect(retried.code).toBe(7);
    expect(json(retried.stdout)).toEqual({
      retried: [],
      not_failed: [{ id, state: 'completed' }],
      not_found: ['dnone'],
    });
    expect((await runCommand(['jobs', 'retry', id], env)).code).toBe(1);
    expect((await runCommand(['jobs', 'failed'], env)).stdout).toBe('No failed jobs.\n');
  });

  it('survives a reader that leaves early', async () => {
    const pipe = `"$0" "$1" check | head -1; exit "\${PIPESTATUS[0]}"`;
    const { code, stdout, stderr } = await run('bash', ['--norc', '-c', pipe, process.execPath, commandLine], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toHaveLength(2);
  });

  it('top without a terminal prints one view, and says so', async () => {
    const { code, stdout, stderr } = await runCommand(['top'], env);
    expect(code).toBe(0);
    expect(stderr).toBe('Not a terminal: one view, over one second.\n');
    expect(stdout).toMatch(/^ticket-enhancer \S+ {2}ready {2}up .*\n\nQUEUE {2}waiting 0/);
    expect(stdout).toMatch(/\nworker 1 +\d+ +ready/);
    expect(stdout).not.toContain('\u001b');
    const document = json((await runCommand(['top', '--json'], env)).stdout);
    expect(document).toMatchObject({ ready: true, queue: { waiting: 0 }, tenants: [{ id: 'acme' }, { id: 'globex' }] });
    const refused = await runCommand(['top'], { ...env, METRICS_BEARER_TOKEN: '' });
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('METRICS_BEARER_TOKEN') });
  });

  it('top redraws a terminal until Ctrl-C, and gives the screen back', async () => {
    const terminal = inTerminal(`exec "${process.execPath}" "${commandLine}" top`, env);
    await until('it has drawn twice', () => terminal.output().split('\u001b[H').length > 2);
    expect(terminal.output()).toContain('\u001b[?1049h');
    terminal.press('\u0003');
    expect(await terminal.ended).toBe(0);
    expect(terminal.output().trimEnd().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
  });

  it('top gives the screen back when it is ended from outside, too', async () => {
    const pidFile = join(folder, 'top.pid');
    const terminal = inTerminal(`echo $$ > "${pidFile}"; exec "${process.execPath}" "${commandLine}" top`, env);
    await until('it has drawn', () => terminal.output().includes('\u001b[H'));
    const { stdout } = await run('cat', [pidFile]);
    process.kill(Number(stdout), 'SIGTERM');
    expect(await terminal.ended).toBe(143);
    expect(terminal.output().trimEnd().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
  });

  it('paints on a terminal, unless NO_COLOR is set', async () => {
    const list = `"${process.execPath}" "${commandLine}" tenants list`;
    const painted = inTerminal(list, env);
    const bare = inTerminal(list, { ...env, NO_COLOR: '1' });
    await Promise.all([painted.ended, bare.ended]);
    expect(painted.output()).toContain('\u001b[1m');
    expect(bare.output()).toContain('acme');
    expect(bare.output()).not.toContain('\u001b[');
  });
});

describe('history import', () => {
  const { protocol, credential } = desksUnderTest.zendesk;
  const desk = eachFile(
    () => startDeskServer({ protocol, credential }),
    (opened) => opened.close(),
  );
  let own: Record<string, string>;
  beforeAll(() => {
    const secrets = { secrets: ['env:SECRET_ACME'] };
    const atZendesk = { ...serviceDeskAt(desk.baseUrl), type: 'zendesk' };
    const acme = { webhook: { desk_signature: secrets }, desk: atZendesk };
    own = { ...writeTenants(folder, { acme, globex: {} }, 'zendesk.yaml'), DESK_CREDENTIAL: credential };
  });
  const service = serviceOfFile(() => ({ env: { ...oneEach, ...own } }));
  let env: ReturnType<typeof environmentOf>;
  beforeAll(() => {
    env = environmentOf(service, own);
    desk.keep(
      Array.from({ length: 60 }, (_, i) => ({
        id: String(i + 1),
        ...(i === 0
          ? {
              subject: 'The label printer in the warehouse prints blank labels',
              description: 'It feeds, but nothing is on the label.',
              comments: [{ text: 'Turned the thermal paper around.', by: 'staff' }],
            }
          : {
              subject: `Access to folder ${i + 1} of the accounts department`,
              description: `Please let me read folder ${i + 1}.`,
              comments: i === 6 ? [] : [{ text: `Added to the group of folder ${i + 1}.`, by: 'staff' }],
            }),
        state: 'resolved',
        changedAt: '2026-03-01T10:00:00Z',
      })),
    );
  });

  const importing = (...args: string[]) =>
    runCommand(['history', 'import', '--tenant', 'acme', '--since', '2026-01-01', ...args], env);

  it('history import takes in what the desk has solved, and says what it left out', async () => {
    const dry = await importing('--dry-run');
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.stdout).toMatch(/^Nothing was changed\. All resolved tickets were read\.\n/);
    expect(dry.stdout).toMatch(/\nwould add +59\n/);
    const { code, stdout, stderr } = await importing('--json');
    expect(code).toBe(0);
    expect(json(stdout)).toEqual({
      tenant_id: 'acme',
      since: '2026-01-01T00:00:00.000Z',
      dry_run: false,
      ended: 'all',
      looked_at: 60,
      added: 59,
      replaced: 0,
      unchanged: 0,
      left_out: 1,
      left_out_tickets: [{ ticket_id: '7', reason: 'it has no resolution' }],
    });
    expect(stderr).toContain('60 resolved tickets looked at: 59 added');
    const again = await importing();
    expect(again.stdout).toMatch(/\nadded +0\n.*\nunchanged +59\nleft out +1\n {2}it has no resolution: 7\n$/s);
    // What was taken in is what the next ticket like it is answered with.
    const event = desksUnderTest.zendesk.created({
      id: '900',
      subject: 'Label printer in the warehouse prints blank labels',
      description: 'Nothing is on the label since this morning.',
    });
    const { headers, body } = webhookOf(desksUnderTest.zendesk, event, 'demo-secret-acme');
    const accepted = await fetch(`${service.webhooks}/webhook/zendesk/acme`, { method: 'POST', headers, body });
    expect(accepted.status).toBe(202);
    await until('the ticket has its note', () => desk.notes('900').length > 0);
    expect(desk.notes('900')[0]?.description).toContain('Turned the thermal paper around.');
  });

  it('ends with the desk’s own words when it cannot be read, and shows no credential', async () => {
    desk.failNext([{ kind: 'error', status: 403 }], 'GET');
    const refused = await importing('--json');
    expect(refused.code).toBe(1);
    expect(json(refused.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
      error: { code: 'DESK_FORBIDDEN', message: expect.stringMatching(/HTTP 403, Forbidden/) },
    });
    expect(refused.stderr).not.toContain('zendesk-token');
    desk.failNext([{ kind: 'rate-limited', retryAfterSeconds: 7200 }], 'GET');
    const throttled = await importing();
    expect(throttled).toMatchObject({ code: 1, stdout: '' });
    expect(throttled.stderr).toMatch(/APIRateLimitExceeded.*run it again to go on/);
  });

  it('refuses what it cannot do in one sentence', async () => {
    const local = await runCommand(['history', 'import', '--tenant', 'globex'], env);
    expect(local).toMatchObject({ code: 1, stdout: '' });
    expect(local.stderr).toMatch(/^The desk of globex is local, which keeps no resolved tickets\..*\n$/);
    expect(await runCommand(['history', 'import', '--tenant', 'acne'], env)).toMatchObject({ code: 7 });
    expect(await runCommand(['history', 'import'], env)).toMatchObject({ code: 2 });
    for (const day of ['yesterday', '2026-02-30', '2026-02-31T08:00:00Z']) {
      expect({ day, ...(await importing('--since', day)) }).toMatchObject({ day, code: 2 });
    }
    expect(await importing('--limit', '0')).toMatchObject({ code: 2 });
  });
});

describe('with a desk that refuses', () => {
  const desk = eachFile(startDeskServer, (opened) => opened.close());
  let own: Record<string, string>;
  beforeAll(() => {
    const acme = { desk: serviceDeskAt(desk.baseUrl) };
    own = { ...writeTenants(folder, { acme }, 'desk.yaml'), JOB_ATTEMPTS: '1' };
  });
  const service = serviceOfFile(() => ({ env: { ...oneEach, ...own } }));
  let env: ReturnType<typeof environmentOf>;
  beforeAll(() => {
    env = environmentOf(service, own);
  });

  async function failOnce(): Promise<string> {
    desk.failNext([{ kind: 'error', status: 404 }]);
    const sent = await runCommand(['send', '--json'], env);
    expect(sent.code).toBe(6);
    const document = json(sent.stdout);
    expect(document).toMatchObject({ outcome: 'job_failed', reason: expect.stringMatching(/^DESK_REJECTED: /) });
    return String(document['job_id']);
  }

  async function counts() {
    const answer = await service.scrape();
    const count = (status: string) => valueOf(answer, 'enhancement_requests_total', { tenant_id: 'acme', status });
    const durations = (status: string, part: string) =>
      valueOf(answer, `enhancement_duration_seconds_${part}`, { tenant_id: 'acme', status });
    return {
      received: count('received'),
      queued: count('queued'),
      success: count('success'),
      failure: count('failure'),
      measured: (durations('success', 'count') ?? 0) + (durations('failure', 'count') ?? 0),
    };
  }

  it('check asks the desk, and says what is wrong with its credential', async () => {
    const fine = await runCommand(['check'], env);
    expect(fine.code).toBe(0);
    expect(fine.stdout).toMatch(/ok +desk of acme +127\.0\.0\.1:\d+ answers and takes the credential/);
    const wrong = await runCommand(['check'], { ...env, DESK_CREDENTIAL: 'wrong-desk-secret' });
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/failed +desk of acme +.*refuses the credential/);
    expect(wrong.stdout).not.toContain('wrong-desk-secret');
  });

  it('check asks the search engine, changes nothing there, and says what is wrong with its credential', async () => {
    const engine = await startSearchEngine({ authorization: 'ApiKey right-engine-secret' });
    const index = { search: 'opensearch', url: engine.url, index: 'tickets', allow_private_network: true };
    const history = { ...index, credential: 'env:ACME_SEARCH' };
    const tenants = writeTenants(folder, { acme: { history } }, 'engine.yaml');
    const checked = (credential: string) => runCommand(['check'], { ...env, ...tenants, ACME_SEARCH: credential });
    const fine = await checked('right-engine-secret');
    expect(fine.stdout).toMatch(
      /ok +search engine of acme +127\.0\.0\.1:\d+ answers; the index tickets is created with/,
    );
    expect(engine.requests.map(({ method }) => method)).toEqual(['GET']);
    const wrong = await checked('wrong-engine-secret');
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/failed +search engine of acme +.*refused the credential with HTTP 401/);
    expect(wrong.stdout).not.toContain('wrong-engine-secret');
    await engine.close();
    expect((await checked('right-engine-secret')).stdout).toMatch(/failed +search engine of acme +.*ECONNREFUSED/);
  });

  it('lists, shows and retries what failed; each run is counted once', async () => {
    const id = await failOnce();
    const listed = await runCommand(['jobs', 'failed', '--json'], env);
    expect(json(listed.stdout)).toMatchObject({
      jobs: [{ id, tenant_id: 'acme', attempts: 1, reason: expect.any(String) }],
    });
    expect((await runCommand(['jobs', 'failed', '--tenant', 'acme'], env)).stdout).toMatch(
      new RegExp(`\\n${id} +acme +TEST-.* 1 .* ago +DESK_REJECTED`),
    );
    expect(await runCommand(['jobs', 'failed', '--tenant', 'globex'], env)).toMatchObject({
      code: 7,
      stderr: 'There is no tenant globex. There are acme.\n',
    });
    expect((await runCommand(['jobs', 'show', id], env)).stdout).toMatch(/\nreason +DESK_REJECTED: /);
    expect(await counts()).toEqual({ received: 1, queued: 1, success: 0, failure: 1, measured: 1 });

    const retried = await runCommand(['jobs', 'retry', '--all', '--tenant', 'acme', '--json'], env);
    expect(retried.code).toBe(0);
    expect(json(retried.stdout)).toEqual({ retried: [id], not_failed: [], not_found: [] });
    await service.logged(
      new RegExp(`"audit":{"action":"retry","user":"[^"]+","host":"[^"]+",.*"job_ids":\\["${id}"\\]`),
    );
    await until('it is done', async () => (await counts()).success === 1);
    expect(await counts()).toEqual({ received: 2, queued: 2, success: 1, failure: 1, measured: 2 });
    expect(json((await runCommand(['jobs', 'show', id, '--json'], env)).stdout)).toMatchObject({
      state: 'completed',
      times_run_again: 1,
      attempts: { made: 1, allowed: 1 },
    });
  });

  it('counts a retry by another tool as well, and one that fails again', async () => {
    const before = await counts();
    const id = await failOnce();
    const connection = patientConnection(`unix://${join(service.folder, 'data', 'redis.sock')}`);
    afterTest(() => connection.disconnect());
    const queue = bullQueue(connection);
    desk.failNext([{ kind: 'error', status: 404 }]);
    await (await queue.getJob(id))?.retry('failed');
    await until('it has failed again', async () => (await counts()).failure === (before.failure ?? 0) + 2);
    await until('Redis knows', async () => (await queue.getJobState(id)) === 'failed');
    await (await queue.getJob(id))?.retry('failed');
    await until('it is done', async () => (await counts()).success === (before.success ?? 0) + 1);
    expect(await counts()).toEqual({
      received: (before.received ?? 0) + 3,
      queued: (before.queued ?? 0) + 3,
      success: (before.success ?? 0) + 1,
      failure: (before.failure ?? 0) + 2,
      measured: before.measured + 3,
    });
  });

  it('send waits for a desk of the outside world by the job', async () => {
    const { code, stdout } = await runCommand(['send', '--ticket', 'OUT-1'], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\nThe note is on the desk after .* \(extractive\)\.\n$/);
    expect(desk.notes('OUT-1')).toHaveLength(1);
  });

  it('send says why a job is deferred', async () => {
    desk.failNext([{ kind: 'error', status: 401 }]);
    const { code, stderr } = await runCommand(['send', '--timeout', '2s'], env);
    expect(code).toBe(5);
    expect(stderr).toMatch(/No note after 2 s; the job is deferred \(credential_refused: .*\), the next at 20/);
  });
});

describe('without workers', () => {
  it('start runs the service as node dist/main.js does, and send gives up with 5', async () => {
    const processes = { WORKER_PROCESSES: '0', HTTP_PROCESSES: '1' };
    const service = await openService({ env: processes, spawned: by(process.execPath, commandLine, 'start') });
    const env = environmentOf(service);
    const late = await runCommand(['send', '--timeout', '300ms'], env);
    expect(late.code).toBe(5);
    expect(late.stderr).toMatch(/No note after 300 ms; the job is prioritized\. .*jobs show d[0-9a-f]{40}/);
    const told = await runCommand(['send', '--timeout', '300ms', '--json'], env);
    expect(told.code).toBe(5);
    expect(json(told.stdout)).toMatchObject({ outcome: 'timed_out', note: null });
    const unasked = await runCommand(['send', '--no-wait', '--json'], env);
    expect(unasked.code).toBe(0);
    expect(json(unasked.stdout)).toMatchObject({ outcome: 'accepted' });
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });
});

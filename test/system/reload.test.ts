import { describe, expect, it } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { valueOf } from '../support/exposition.js';
import { postOn } from '../support/load.js';
import { openService } from '../support/of-test.js';
import { temporaryFolder } from '../support/opened.js';
import { oneEach, type Service, until } from '../support/service.js';
import { secretsOf, writeTenants } from '../support/tenants-files.js';
import { ticket } from '../support/webhooks.js';

/** A reload (SIGHUP) under load, and one that cannot be finished: real processes, real kills. */

let service: Service;
let folder: string;

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  folder = temporaryFolder();
  service = await openService({ env: { ...writeTenants(folder, { one: {} }), ...secretsOf('two'), ...env } });
}

/** On a connection of its own, so that each request may come to any http child. */
const post = (tenant_id: string): Promise<number | string> =>
  postOn(service.webhooks, new Agent(), JSON.stringify(ticket({ tenant_id })), `demo-secret-${tenant_id}`);

/** A reload waits for eight processes to start and end, which takes its time beside other tests. */
function logged(pattern: RegExp): Promise<void> {
  return until(`the log has ${pattern}`, () => pattern.test(service.output()), 60_000);
}

async function configurations(): Promise<Set<string>> {
  return new Set((await service.children()).map(({ configuration }) => configuration));
}

async function failedJobs(tenant_id: string): Promise<number | undefined> {
  return valueOf(await service.scrape(), 'enhancement_requests_total', { tenant_id, status: 'failure' });
}

describe('a tenant that is added while its desk already sends', () => {
  it('is refused until all accept it, then accepted by all, and no accepted job fails', async () => {
    await start();
    let stop = false;
    let accepted = 0;
    let firstAccepted = Number.POSITIVE_INFINITY;
    const refusedAfter: (number | string)[] = [];
    const client = async (): Promise<void> => {
      while (!stop) {
        const sentMs = performance.now();
        const status = await post('two');
        if (status === 202) {
          accepted += 1;
          firstAccepted = Math.min(firstAccepted, performance.now());
        } else if (sentMs > firstAccepted) {
          refusedAfter.push(status);
        } else {
          expect(status).toBe(401);
        }
        await sleep(20);
      }
    };
    const clients = Array.from({ length: 4 }, client);
    const before = await configurations();
    writeTenants(folder, { one: {}, two: {} });
    service.process.kill('SIGHUP');
    await logged(/reloaded: tenants read anew/);
    const enough = accepted + 50;
    await until('the desk has sent some more', () => accepted > enough);
    stop = true;
    await Promise.all(clients);
    expect(refusedAfter).toEqual([]);
    const ended = { tenant_id: 'two', status: 'success' };
    await until(
      'all accepted jobs have ended',
      async () => valueOf(await service.scrape(), 'enhancement_requests_total', ended) === accepted,
    );
    expect(await failedJobs('two')).toBe(0);
    const after = await configurations();
    expect([before.size, after.size]).toEqual([1, 1]);
    expect([...after]).not.toEqual([...before]);
  }, 180_000);
});

describe('a reload in which joining children are killed', () => {
  /** Kills whatever joins, from the moment in which the given slot was replaced. */
  async function killJoining(
    replaced: string,
    known: ReadonlyMap<string, number>,
    until: () => boolean,
  ): Promise<void> {
    const started = () => [...service.output().matchAll(/"te_test_child":(\d+)/g)].map(([, pid]) => Number(pid));
    const killed = new Set<number>();
    let begun = false;
    while (!until()) {
      const children = await service.children();
      begun ||= children.some(({ role, slot, pid }) => `${role} ${slot}` === replaced && pid !== known.get(replaced));
      const serving = new Set(children.flatMap(({ pid }) => (pid === undefined ? [] : [pid])));
      for (const pid of started()) {
        if (!begun || serving.has(pid) || killed.has(pid) || [...known.values()].includes(pid)) continue;
        killed.add(pid);
        process.kill(pid, 'SIGKILL');
      }
      await sleep(5);
    }
  }

  it('ends in one configuration for all, says so on the page, and in the next reload’s success', async () => {
    const preload = temporaryFolder();
    const hold = join(preload, 'hold');
    // A child that holds before its first line, so that it is surely killed before it serves; and says its pid.
    writeFileSync(
      join(preload, 'preload.mjs'),
      `import { existsSync } from 'node:fs';
       if (process.env.TICKET_ENHANCER_CHILD) {
         process.stdout.write(JSON.stringify({ te_test_child: process.pid }) + '\\n');
         while (existsSync(${JSON.stringify(hold)})) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
       }\n`,
    );
    await start({ NODE_OPTIONS: `--import=${join(preload, 'preload.mjs')}` });
    const before = await configurations();
    const known = new Map((await service.children()).map(({ role, slot, pid }) => [`${role} ${slot}`, pid ?? 0]));

    writeTenants(folder, { one: {}, two: {} });
    let over = false;
    const killer = killJoining('worker 0', known, () => over);
    service.process.kill('SIGHUP');
    await until('the first worker is replaced', async () =>
      (await service.children()).some(
        ({ role, slot, pid }) => role === 'worker' && slot === 0 && pid !== known.get('worker 0'),
      ),
    );
    writeFileSync(hold, '');
    await logged(/the reload failed; all children return/);
    over = true;
    await killer;
    rmSync(hold);
    await logged(/all children run the previous configuration again/);
    expect(await configurations()).toEqual(before);
    expect(await service.state()).toMatchObject({
      state: 'degraded',
      reasons: [
        { reason: 'reload_failed', message: expect.stringMatching(/worker child for slot 1 did not start.*SIGKILL/) },
      ],
    });
    const page = await (await fetch(`${service.metrics}/`)).text();
    expect(page).toContain('<title>◐ Degraded · ticket-enhancer</title>');
    expect(page).toContain('did not start in 4 tries: signal SIGKILL');
    const readyz = await fetch(`${service.metrics}/readyz`);
    expect([readyz.status, await readyz.json()]).toEqual([200, { ready: true, state: 'degraded', reasons: [] }]);
    expect(await post('one')).toBe(202);
    expect(await post('two')).toBe(401);
    expect(valueOf(await service.scrape(), 'service_degraded', { reason: 'reload_failed' })).toBe(1);

    service.process.kill('SIGHUP');
    await logged(/reloaded: tenants read anew/);
    expect(await post('two')).toBe(202);
    expect(await service.state()).toEqual({ state: 'ready', reasons: [] });
    expect((await configurations()).size).toBe(1);
    expect(service.output()).toMatch(/"the service is degraded: The reload of/);
  }, 180_000);
});

describe('a .env file that is changed while the service runs', () => {
  const problem = 'JOB_ATTEMPTS must be a whole number from 1 to 100, and is "zero".';

  it('reaches no child before a reload has accepted it, and stops none', async () => {
    await start(oneEach);
    const envFile = join(service.folder, '.env');
    writeFileSync(envFile, 'JOB_ATTEMPTS=zero\n');
    const worker = (await service.children()).find(({ role, slot }) => role === 'worker' && slot === 0);
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    await until('the worker is replaced', async () => {
      const now = (await service.children()).find(({ role, slot }) => role === 'worker' && slot === 0);
      return now?.state === 'ready' && now.pid !== worker?.pid;
    });

    process.kill(service.pid, 'SIGHUP');
    await logged(/the reload was refused/);
    const { state, reasons } = await service.state();
    expect([state, reasons.map(({ reason }) => reason)]).toEqual(['degraded', ['reload_failed']]);
    expect(reasons[0]?.message).toContain(problem);
    expect((await service.children()).map(({ state: now }) => now)).toEqual(['ready', 'ready']);

    writeFileSync(envFile, 'JOB_ATTEMPTS=2\nSCRAPE_TIMEOUT_MS=1000\n');
    process.kill(service.pid, 'SIGHUP');
    await logged(/reloaded: tenants read anew/);
    await until('the state is ready', async () => (await service.state()).state === 'ready');
    const { configuration } = (await (await service.ask('/status')).json()) as {
      configuration: Record<string, unknown>;
    };
    expect(configuration).toMatchObject({ JOB_ATTEMPTS: 2, SCRAPE_TIMEOUT_MS: 2000 });
    expect(service.output()).toContain('a reload does not change SCRAPE_TIMEOUT_MS; restart the service for that');

    // A reload sets the level of the primary, too.
    writeFileSync(envFile, 'LOG_LEVEL=error\n');
    process.kill(service.pid, 'SIGHUP');
    await until('the level is in force', async () => {
      const shown = (await (await service.ask('/status')).json()) as { configuration: Record<string, unknown> };
      return shown.configuration['LOG_LEVEL'] === 'error';
    });
    const before = service.output().length;
    writeFileSync(envFile, 'JOB_ATTEMPTS=none\nSCRAPE_TIMEOUT_MS=1000\n'); // an error, and a warning
    process.kill(service.pid, 'SIGHUP');
    const written = (): string => service.output().slice(before);
    await until('the log has the refusal', () => written().includes('JOB_ATTEMPTS must be'), 60_000);
    expect(new Set(written().match(/"level":"\w+"/g))).toEqual(new Set(['"level":"error"']));
  });
});

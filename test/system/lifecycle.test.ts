import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { valueOf } from '../support/exposition.js';
import { freePort } from '../support/free-port.js';
import { postOn } from '../support/load.js';
import { serviceOfFile } from '../support/of-file.js';
import { openService } from '../support/of-test.js';
import { temporaryFolder } from '../support/opened.js';
import { oneEach, processExists, type Service, until } from '../support/service.js';
import { secretsOf, writeTenants } from '../support/tenants-files.js';
import { watchCounters } from '../support/watcher.js';
import { type Accepted, postTicket, serviceDeskSignature, ticket } from '../support/webhooks.js';

async function pids(service: Service): Promise<number[]> {
  return (await service.children()).flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
}

async function readNote(service: Service, tenant: string, ticketId: string): Promise<Record<string, unknown>> {
  let body: Record<string, unknown> = {};
  await until(`${ticketId} has a note`, async () => {
    const response = await fetch(`${service.metrics}/desk/${tenant}/tickets/${ticketId}`);
    if (!response.ok) return false;
    body = (await response.json()) as Record<string, unknown>;
    return true;
  });
  return body;
}

/** In order: a test leaves the service as the next one may find it, and the last one stops it. */
describe('one service', () => {
  const service = serviceOfFile();

  it('turns a webhook into a note, once, and counts it', async () => {
    const fields = ticket({ ticket_id: 'TKT-1' });
    const first = (await (await postTicket(service.webhooks, fields)).json()) as Accepted;
    const repeat = (await (await postTicket(service.webhooks, fields)).json()) as Accepted;
    expect(first).toMatchObject({ status: 'accepted', duplicate: false });
    expect(repeat).toMatchObject({ job_id: first.job_id, correlation_id: first.correlation_id, duplicate: true });
    const { notes } = await readNote(service, 'acme', 'TKT-1');
    expect(notes).toHaveLength(1);
    expect(notes).toMatchObject([{ correlation_id: first.correlation_id, mode: 'extractive' }]);
    expect((await fetch(`${service.metrics}/desk/globex/tickets/TKT-1`)).status).toBe(404);

    const counted = (status: string) => ({ tenant_id: 'acme', status });
    await until('the job is counted', async () => {
      return valueOf(await service.scrape(), 'enhancement_requests_total', counted('success')) === 1;
    });
    const answer = await service.scrape();
    expect(valueOf(answer, 'enhancement_requests_total', counted('received'))).toBe(2);
    expect(valueOf(answer, 'enhancement_requests_total', counted('queued'))).toBe(1);
    expect(valueOf(answer, 'webhook_duplicates_total', { tenant_id: 'acme' })).toBe(1);
    expect(valueOf(answer, 'enhancement_duration_seconds_count', counted('success'))).toBe(1);
    expect(valueOf(answer, 'enhancement_success_rate', { tenant_id: 'acme' })).toBe(100);
    expect(valueOf(answer, 'enhancement_success_rate', { tenant_id: 'globex' })).toBeUndefined();
    expect(valueOf(answer, 'queue_depth', { queue_name: 'enhancement:queue' })).toBe(0);
    expect(valueOf(answer, 'worker_active_count', { worker_type: 'bullmq_enhancement' })).toBe(2);
    expect(valueOf(answer, 'cluster_children', { role: 'http', state: 'ready' })).toBe(2);
  });

  it('puts the primary before its children where it may, and leaves them as it was started', async () => {
    // CAP_SYS_NICE, which root has on a machine and lacks in most containers.
    const capabilities = /^CapEff:\s+([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
    const mayGoFirst = ((BigInt(`0x${capabilities}`) >> 23n) & 1n) === 1n;
    expect(getPriority(service.pid)).toBe(getPriority() - (mayGoFirst ? 5 : 0));
    for (const pid of await pids(service)) expect(getPriority(pid)).toBe(getPriority());
  });

  it('has no series for any of 10,000 tenants that do not exist', async () => {
    expect((await postTicket(service.webhooks, { tenant_id: 'stranger' })).status).toBe(401);
    const unknown = { tenant_id: 'unknown', status: 'rejected' };
    const rejected = async () => valueOf(await service.scrape(), 'enhancement_requests_total', unknown);
    await until('it is counted', async () => (await rejected()) === 1);
    // But for Node's own, which has a series for each kind of handle and of garbage collection that it comes to see.
    const series = async () =>
      (await service.scrape()).samples
        .filter(({ name }) => !/^(nodejs|process)_/.test(name))
        .map(({ name, labels }) => `${name}${JSON.stringify(labels)}`);
    const before = await series();
    const statuses = new Set<number | string>();
    const agent = new Agent({ keepAlive: true });
    let next = 0;
    const client = async (): Promise<void> => {
      for (let i = next++; i < 10_000; i = next++) {
        const body = JSON.stringify(ticket({ tenant_id: `stranger-${i}` }));
        statuses.add(await postOn(service.webhooks, agent, body, 'demo-secret-acme'));
      }
    };
    await Promise.all(Array.from({ length: 16 }, client));
    agent.destroy();
    expect([...statuses]).toEqual([401]);
    expect(await rejected()).toBe(10_001);
    expect((await series()).filter((one) => !before.includes(one))).toEqual([]);
  });

  it('replaces a child that dies, keeps its counts, and says so', async () => {
    await postTicket(service.webhooks);
    const queued = async () =>
      valueOf(await service.scrape(), 'enhancement_requests_total', { tenant_id: 'acme', status: 'queued' });
    const before = await queued();
    for (const { pid } of await service.children()) if (pid !== undefined) process.kill(pid, 'SIGKILL');
    await until('all are back', async () => {
      const children = await service.children();
      return children.every(({ state, restarts }) => state === 'ready' && restarts === 1);
    });
    const answer = await service.scrape();
    expect(before).toBeGreaterThan(0);
    expect(await queued()).toBe(before);
    expect(valueOf(answer, 'cluster_child_restarts_total', { role: 'http', reason: 'crash' })).toBe(2);
    expect((await postTicket(service.webhooks)).status).toBe(202);
  });

  it('drains on SIGTERM: work is finished, the exit is 0, nothing is left', async () => {
    const children = await pids(service);
    const answers = await Promise.all(Array.from({ length: 30 }, () => postTicket(service.webhooks)));
    expect(answers.map(({ status }) => status)).toEqual(Array(30).fill(202));
    expect(await service.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    for (const pid of children) expect(processExists(pid)).toBe(false);
    expect(existsSync(join(service.folder, 'data', 'redis.sock'))).toBe(false);
  });
});

describe('the service', () => {
  it('drains at once in the middle of a reload, when its newest child does not listen yet', async () => {
    const service = await openService({ env: oneEach });
    service.process.kill('SIGHUP');
    await service.ask('/healthz'); // by then it has forked the first new child
    expect(await service.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    // One that had not heard of it would be killed at the deadline.
    expect(service.output()).not.toMatch(/SIGKILL|reload failed|all children replaced/);
  });

  it('ends at once on a second signal, with 1', async () => {
    // A request that never ends holds the drain up.
    const service = await openService({ env: oneEach });
    const children = await pids(service);
    const body = JSON.stringify(ticket());
    const slow = request(`${service.webhooks}/webhook/servicedesk`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': body.length, ...serviceDeskSignature(body) },
    });
    slow.on('error', () => undefined);
    slow.write(body.slice(0, 10));
    await once(slow, 'socket');
    await until('the request has arrived', () => slow.socket?.bytesWritten !== 0);
    service.process.kill('SIGINT');
    service.process.kill('SIGINT'); // an echo of the first, as npm makes it, is not a second one
    await service.logged(/stopping/);
    await sleep(100);
    expect(service.process.exitCode).toBeNull();
    expect(await service.stop('SIGINT')).toEqual({ code: 1, signal: null });
    slow.destroy();
    await until('its children have followed', () => children.every((pid) => !processExists(pid)));
  });

  it('finishes its work and leaves nothing behind when its primary is killed', async () => {
    const service = await openService({ env: oneEach });
    const children = await pids(service);
    await Promise.all(Array.from({ length: 20 }, () => postTicket(service.webhooks)));
    expect(await service.stop('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
    await until('the children are gone', () => children.every((pid) => !processExists(pid)));
    await until('Redis is gone', () => !existsSync(join(service.folder, 'data', 'redis.sock')));
  });

  it('replaces a child that hangs', async () => {
    const service = await openService({ env: { ...oneEach, CHILD_HUNG_MS: '2500', CHILD_STALE_MS: '1500' } });
    const [victim] = await pids(service);
    if (victim === undefined) throw new Error('no child');
    process.kill(victim, 'SIGSTOP');
    await until('it is stale', async () => (await service.children()).some(({ state }) => state === 'stale'));
    await until('it is replaced', async () => {
      const children = await service.children();
      return children.every(({ state, pid }) => state === 'ready' && pid !== victim);
    });
    expect(valueOf(await service.scrape(), 'cluster_child_restarts_total', { role: 'http', reason: 'hung' })).toBe(1);
  });
});

describe('a reload (SIGHUP)', () => {
  const write = (folder: string, ...ids: readonly string[]) =>
    writeTenants(folder, Object.fromEntries(ids.map((id) => [id, {}])));

  it('takes new tenants in and old ones out, with their series; a bad file changes nothing', async () => {
    const folder = temporaryFolder();
    const env = { ...oneEach, ...write(folder, 'one', 'two'), ...secretsOf('three') };
    const service = await openService({ env });
    const post = (tenant_id: string) => postTicket(service.webhooks, { tenant_id });
    expect((await post('two')).status).toBe(202);
    expect((await post('three')).status).toBe(401);

    writeFileSync(join(folder, 'tenants.yaml'), 'tenants: [');
    service.process.kill('SIGHUP');
    await service.logged(/the reload was refused/);
    expect((await post('two')).status).toBe(202);

    write(folder, 'one', 'three');
    service.process.kill('SIGHUP');
    await service.logged(/reloaded: tenants read anew/);
    expect((await post('three')).status).toBe(202);
    expect((await post('two')).status).toBe(401);
    const shown = async () => new Set((await service.scrape()).samples.map((sample) => sample.labels['tenant_id']));
    expect(await shown()).toContain('three');
    await until('the series of a removed tenant have gone', async () => !(await shown()).has('two'), 60_000);
  });

  it('keeps what a tenant counted that leaves and returns', async () => {
    const folder = temporaryFolder();
    const service = await openService({ env: { ...oneEach, ...write(folder, 'one', 'two') } });
    const watcher = watchCounters(() => service.scrape());
    let reloads = 0;
    const serve = async (...ids: readonly string[]): Promise<void> => {
      write(folder, ...ids);
      service.process.kill('SIGHUP');
      reloads += 1;
      await until('the reload is complete', async () => {
        await watcher.look();
        return service.output().split('reloaded: tenants read anew').length > reloads;
      });
    };
    const post = async (tenant_id: string, count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const fields = ticket({ tenant_id });
        await until('the webhook is accepted', async () => {
          const answer = await postTicket(service.webhooks, fields);
          // A desk sends again what Redis could not take in time, as on a busy machine.
          expect([202, 503]).toContain(answer.status);
          return answer.status === 202;
        });
      }
    };
    /** Undefined: the tenant has no series at all. */
    const requestsOf = async (tenant_id: string) => {
      await watcher.look();
      const answer = await service.scrape();
      if (!answer.samples.some(({ labels }) => labels['tenant_id'] === tenant_id)) return undefined;
      const of = (status: string) => valueOf(answer, 'enhancement_requests_total', { tenant_id, status });
      const twice = valueOf(answer, 'webhook_duplicates_total', { tenant_id }) ?? 0;
      const received = (of('received') ?? 0) - (of('rejected') ?? 0) - twice;
      return { received, queued: of('queued'), ended: (of('success') ?? 0) + (of('failure') ?? 0) };
    };
    const ended = (tenantId: string, jobs: number) =>
      until(`${jobs} jobs of ${tenantId} have ended`, async () => (await requestsOf(tenantId))?.ended === jobs);

    await post('two', 20);
    await ended('two', 20);
    await serve('one');
    await until('its series have gone', async () => (await requestsOf('two')) === undefined, 60_000);
    expect((await requestsOf('one'))?.received).toBe(0);
    await serve('one', 'two');
    expect(await requestsOf('two')).toEqual({ received: 20, queued: 20, ended: 20 });
    await post('two', 5);
    await ended('two', 25);
    expect(await requestsOf('two')).toEqual({ received: 25, queued: 25, ended: 25 });
    // With jobs on their way, whose ends are counted while it is away or after it is back.
    await post('two', 40);
    await serve('one');
    await serve('one', 'two');
    await ended('two', 65);
    expect(await requestsOf('two')).toEqual({ received: 65, queued: 65, ended: 65 });
    expect(watcher.decreases).toEqual([]);
  }, 180_000);

  it('that finds a child which cannot start leaves it to be tried again, as before', async () => {
    const folder = temporaryFolder();
    const [preload, cause] = [join(folder, 'preload.mjs'), join(folder, 'cause')];
    const ends = `if (process.env.TICKET_ENHANCER_CHILD && existsSync(${JSON.stringify(cause)})) process.exit(1);`;
    writeFileSync(preload, `import { existsSync } from 'node:fs';\n${ends}\n`);
    const service = await openService({ env: { ...oneEach, NODE_OPTIONS: `--import=${preload}` } });
    const [first] = await service.children();
    writeFileSync(cause, '');
    process.kill(first?.pid ?? 0, 'SIGKILL');
    await service.logged(/"restart_in_ms":1600/);
    service.process.kill('SIGHUP');
    await service.logged(/the reload failed; all children return/);
    rmSync(cause);
    await until('all children serve again', async () =>
      (await service.children()).every(({ state }) => state === 'ready'),
    );
  });
});

describe('a start that cannot work', () => {
  it.each([
    [
      'a bad variable',
      { HTTP_PORT: 'eighty', WORKER_PROCESES: '2' },
      78,
      /HTTP_PORT must be a whole number.*\n.*|Did you mean WORKER_PROCESSES/,
    ],
    ['the demo tenants in production', { NODE_ENV: 'production' }, 78, /Set TENANTS_FILE/],
    [
      'a tenants file that is not there',
      { TENANTS_FILE: '/nowhere/tenants.yaml' },
      78,
      /\/nowhere\/tenants.yaml is not valid/,
    ],
    ['no redis-server', { PATH: '/nowhere' }, 1, /There is no redis-server.*Install it/],
  ])('%s is told in a sentence', async (_what, env, code, sentence) => {
    const service = await openService({ env, unready: true });
    expect(await service.ended).toMatchObject({ code });
    expect(service.output()).toMatch(sentence);
    expect(service.output()).not.toMatch(/^\s+at /m);
  });

  it('a port in use is told in a sentence', async () => {
    const port = await freePort();
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const service = await openService({ env: { HTTP_PORT: String(port) }, unready: true });
    expect(await service.ended).toMatchObject({ code: 1 });
    expect(service.output().trim()).toBe(
      `Port ${port} on 127.0.0.1 is in use by another program. Stop that one, or set HTTP_PORT to another port.`,
    );
    other.close();
  });

  it('a second instance on the same DATA_DIR is refused', async () => {
    const first = await openService({ env: oneEach });
    const second = await openService({ env: { DATA_DIR: join(first.folder, 'data') }, unready: true });
    expect(await second.ended).toMatchObject({ code: 1 });
    expect(second.output()).toMatch(/^Another instance runs on DATA_DIR/);
    expect((await postTicket(first.webhooks)).status).toBe(202);
  });
});

import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { type DeskServer, startDeskServer } from '../support/desk-server.js';
import { startLoad } from '../support/load.js';
import { afterFile, forFile, temporaryFolder } from '../support/opened.js';
import { type PrometheusServer, startPrometheus } from '../support/prometheus.js';
import { type NetworkRedis, startNetworkRedis } from '../support/redis-network.js';
import { type Service, startService, until } from '../support/service.js';
import { deskCredential, serviceDeskAt, writeTenants } from '../support/tenants-files.js';
import { type Accepted, postTicket, ticket } from '../support/webhooks.js';

/**
 * Three instances as on three machines, each on a loopback address of its own, on one Redis over TCP: one that only
 * receives webhooks, one that only works, one that does both. One Prometheus scrapes them all, with the shipped rules.
 */

const limitPerMinute = 60;
const workerConcurrency = 4;
const addresses = { web: '127.0.0.2', mixed: '127.0.0.3', worker: '127.0.0.4' };

/** Ticket ids of acme that a client holds a 202 for, and what else it was told, over all tests of this file. */
const ledger = { accepted: new Set<string>(), others: 0, duplicates: 0, rejected: 0 };

let redis: NetworkRedis;
let client: Redis;
let desk: DeskServer;
let prometheus: PrometheusServer;
let web: Service;
let mixed: Service;
let worker: Service;
let tenants: Record<string, string>;

async function startInstance(address: string, httpProcesses: number, workerProcesses: number): Promise<Service> {
  const env = {
    ...tenants,
    HTTP_HOST: address,
    METRICS_HOST: address,
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    HTTP_PROCESSES: String(httpProcesses),
    WORKER_PROCESSES: String(workerProcesses),
    WORKER_CONCURRENCY: String(workerConcurrency),
    // Stopped workers are to stay stopped until they are let go on.
    CHILD_HUNG_MS: '600000',
  };
  return forFile(startService({ env }), async (service) => {
    const isRunning = service.process.exitCode === null && service.process.signalCode === null;
    // A test that failed may have left it stopped.
    if (isRunning) await signalWorkers('SIGCONT', service);
    if (isRunning) await service.stop();
    await service.destroy();
  });
}

async function total(expr: string): Promise<number> {
  const [result] = await prometheus.query(expr);
  return result?.value ?? 0;
}

/** What all instances together have counted, those that are gone included: each series at its highest. */
const counted = (status: string, instance = '.*') =>
  total(`sum(max_over_time(enhancement_requests_total{status="${status}",instance=~"${instance}"}[1h]))`);

const instanceOf = (service: Service): string => new URL(service.metrics).host;

async function signalWorkers(signal: NodeJS.Signals, ...services: readonly Service[]): Promise<void> {
  for (const service of services) {
    for (const { role, pid } of await service.children()) {
      if (role === 'worker' && pid !== undefined) process.kill(pid, signal);
    }
  }
}

async function accept(service: Service, tenant_id = 'acme'): Promise<Accepted> {
  const fields = ticket({ tenant_id });
  const response = await postTicket(service.webhooks, fields);
  expect(response.status).toBe(202);
  if (tenant_id === 'acme') ledger.accepted.add(String(fields['ticket_id']));
  else ledger.others++;
  return (await response.json()) as Accepted;
}

const accepted = () => ledger.accepted.size + ledger.others;

async function untilAllDone(deadlineMs = 60_000): Promise<void> {
  await until(
    'every ticket has its note',
    () => [...ledger.accepted].every((id) => desk.notes(id).length > 0),
    deadlineMs,
  );
  await until(
    'the queue is empty',
    async () => {
      const [waiting, delayed, active] = await Promise.all([
        client.zcard('enhancement:queue:prioritized'),
        // A job whose worker died in its POST waits until the desk can act no more, and then finds its note.
        client.zcard('enhancement:queue:delayed'),
        client.llen('enhancement:queue:active'),
      ]);
      return waiting + delayed + active === 0;
    },
    deadlineMs,
  );
}

function expectOneNoteEach(): void {
  const notes = [...ledger.accepted].map((id) => desk.notes(id).length);
  expect(notes.filter((count) => count !== 1)).toEqual([]);
}

beforeAll(async () => {
  desk = await forFile(startDeskServer({ credential: deskCredential }), (opened) => opened.close());
  tenants = writeTenants(temporaryFolder(afterFile), {
    acme: { desk: serviceDeskAt(desk.baseUrl) },
    globex: {},
    limited: { limits: { requests_per_minute: limitPerMinute } },
  });
  redis = await forFile(startNetworkRedis(), (opened) => opened.stop());
  client = redis.admin;
  [web, mixed, worker] = await Promise.all([
    startInstance(addresses.web, 2, 0),
    startInstance(addresses.mixed, 1, 1),
    startInstance(addresses.worker, 0, 2),
  ]);
  prometheus = await forFile(startPrometheus(...[web, mixed, worker].map(instanceOf)), (opened) => opened.stop());
  // A counter's first value is no increase: let every series begin before the load does.
  await until('all are scraped', async () => (await total('sum(up{job="ticket-enhancer"})')) === 3);
});

describe('three instances on one Redis', () => {
  it('know each other’s deliveries: sent to two of them, it is one job', async () => {
    const fields = ticket();
    const answers = await Promise.all(
      [web, mixed, web].map(async ({ webhooks }) => (await postTicket(webhooks, fields)).json() as Promise<Accepted>),
    );
    ledger.accepted.add(String(fields['ticket_id']));
    ledger.duplicates += 2;
    expect(new Set(answers.map(({ job_id }) => job_id)).size).toBe(1);
    expect(answers.filter(({ duplicate }) => duplicate)).toHaveLength(2);
  });

  it('serve on while one of them replaces its children', async () => {
    const before = (await web.children()).map(({ pid }) => pid);
    const load = startLoad({ webhooks: [web.webhooks, mixed.webhooks], clients: 6 });
    web.process.kill('SIGHUP');
    await web.logged(/reloaded: tenants read anew/);
    await load.stop();
    expect([...load.answers.keys()]).toEqual([202]);
    for (const id of load.accepted) ledger.accepted.add(id);
    for (const { pid } of await web.children()) expect(before).not.toContain(pid);
  });

  it('share a tenant’s rate limit', async () => {
    const fields = () => ticket({ tenant_id: 'limited' });
    const [sent, clients] = [100, 20];
    const statuses: number[] = [];
    // Not all at once: on a busy machine the last ones would wait for Redis for longer than a webhook does, and be answered 503.
    const client = async (_: unknown, first: number): Promise<void> => {
      const { webhooks } = first % 2 === 0 ? web : mixed;
      for (let i = first; i < sent; i += clients) statuses.push((await postTicket(webhooks, fields())).status);
    };
    await Promise.all(Array.from({ length: clients }, client));
    const admitted = statuses.filter((status) => status === 202).length;
    expect(new Set(statuses)).toEqual(new Set([202, 429]));
    expect(admitted).toBe(limitPerMinute);
    ledger.others += admitted;
    ledger.rejected += statuses.length - admitted;
  });

  it('add up to what the clients counted, to the last one', async () => {
    const refused = await postTicket(web.webhooks, {}, { 'x-servicedesk-signature': 'sha256=00' });
    expect(refused.status).toBe(401);
    ledger.rejected++;
    await untilAllDone();
    expectOneNoteEach();
    await until('Prometheus has seen it', async () => (await counted('success')) >= accepted());
    const sums = async () => ({
      received: await counted('received'),
      queued: await counted('queued'),
      rejected: await counted('rejected'),
      duplicates: await total('sum(webhook_duplicates_total)'),
      success: await counted('success'),
    });
    const { duplicates, rejected } = ledger;
    await until('the last rejection is scraped, too', async () => (await sums()).rejected >= rejected);
    const queued = accepted();
    expect(await sums()).toEqual({
      received: queued + rejected + duplicates,
      queued,
      rejected,
      duplicates,
      success: queued,
    });
    // Accepted by one and finished by another: neither has them all.
    expect(await counted('queued', instanceOf(worker))).toBe(0);
    expect(await counted('success', instanceOf(web))).toBe(0);
    expect(await counted('success', instanceOf(worker))).toBeGreaterThan(0);
  });

  it('are one service in the recorded series', async () => {
    await until('the rules have seen it', async () => (await total('job:enhancement_completions:rate5m')) > 0);
    expect(await total('job:enhancement_success:ratio_rate5m')).toBeCloseTo(1);
    expect(await prometheus.query('job:worker_active_count:sum')).toMatchObject([{ value: 3 }]);
    expect(await prometheus.query('worker_active_count')).toHaveLength(3);
    const own = await prometheus.ownMetrics();
    expect(own.match(/^prometheus_rule_evaluation_failures_total\{.*\} (?!0$).*$/gm)).toBeNull();
  });

  it('count the queue once, and let a tenant’s only ticket pass the flood that came in elsewhere', async () => {
    await signalWorkers('SIGSTOP', mixed, worker);
    const flood = 40;
    for (let i = 0; i < flood; i++) await accept(web);
    const { job_id } = await accept(mixed, 'globex');
    const order = await client.zrange('enhancement:queue:prioritized', 0, '-1');
    expect(order).toHaveLength(flood + 1);
    // One of each of the other machine's two http children is due in the same turn.
    expect(order.indexOf(job_id)).toBeLessThanOrEqual(2);
    await until('all read the same queue', async () => {
      const readings = await prometheus.query('queue_depth');
      return readings.length === 3 && readings.every(({ value }) => value === flood + 1);
    });
    await until('it is counted once', async () => (await total('job_queue_name:queue_depth:max')) === flood + 1);
    await signalWorkers('SIGCONT', mixed, worker);
    await untilAllDone();
    expectOneNoteEach();
  });
});

describe('when a whole instance dies in the middle of its work', () => {
  let logged: number;
  let before: number;

  beforeAll(async () => {
    await until('all is counted', async () => (await counted('success')) >= accepted());
    before = await counted('success');
    desk.failNext(Array.from({ length: 200 }, () => ({ kind: 'slow', delayMs: 500 }) as const));
    for (let i = 0; i < 60; i++) await accept(i % 2 === 0 ? web : mixed);
    // More jobs at once than the other instance can hold: some are with this one.
    await until('it works', async () => (await client.llen('enhancement:queue:active')) > workerConcurrency + 2);
    await worker.killWhole();
    logged = worker.output().match(/"msg":"job finished"/g)?.length ?? 0;
  });

  it('no job is lost, and no ticket has two notes', async () => {
    await untilAllDone(120_000);
    expectOneNoteEach();
    expect(await client.zcard('enhancement:queue:failed')).toBe(0);
  }, 150_000);

  it('its series go stale, and the rules use the others', async () => {
    const dead = instanceOf(worker);
    const [up] = await prometheus.query(`up{instance="${dead}"}`);
    expect(up?.value).toBe(0);
    expect(await prometheus.query(`{instance="${dead}",__name__=~"enhancement_.*|queue_.*|worker_.*"}`)).toEqual([]);
    await until('the rules have noticed', async () => (await total('job:worker_active_count:sum')) === 1);
    await until('the others read an empty queue', async () => {
      const [depth, ...more] = await prometheus.query('job_queue_name:queue_depth:max');
      return depth?.value === 0 && more.length === 0;
    });
    expect(['pending', 'firing']).toContain(await prometheus.alert('EnhancementTargetDown'));
  });

  it('only what it counted after its last scrape is missing from the sums', async () => {
    const dead = instanceOf(worker);
    const missed = logged - (await counted('success', dead));
    expect(missed).toBeGreaterThanOrEqual(0);
    await until('the rest is scraped', async () => (await counted('success')) + missed >= accepted());
    expect(await counted('queued')).toBe(accepted());
    // A job that was counted, but not yet marked as completed in Redis when it died, is counted again where it ends.
    const twice = (await counted('success')) + missed - accepted();
    expect(twice).toBeLessThanOrEqual(2 * workerConcurrency);
    expect(await counted('success')).toBeGreaterThan(before);
  });
});

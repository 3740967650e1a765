import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { stringify } from 'yaml';
import { queuePrefix } from '../../src/redis/key-prefix.js';
import { queueName } from '../../src/redis/keys.js';
import { type DeskServer, startDeskServer } from '../support/desk-server.js';
import { freePort } from '../support/free-port.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { type Service, startService, until } from '../support/service.js';
import { type Accepted, postTicket, ticket } from '../support/webhooks.js';

/**
 * Two instances on one Redis that do not know the same: tenants are reloaded on one machine before the other, and one runs
 * a newer release. No accepted ticket fails for it, and each has one note.
 */

const deskCredential = 'desk-secret';

let redis: TestRedis;
let client: Redis;
let queue: Queue;
let desk: DeskServer;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'te-skew-'));
  desk = await startDeskServer({ credential: deskCredential });
  const port = await freePort();
  redis = await startRedis(['--port', String(port), '--bind', '127.0.0.1']);
  redis = { ...redis, url: `redis://127.0.0.1:${port}` };
  client = new Redis(redis.url, { disconnectTimeout: 50, maxRetriesPerRequest: null });
  queue = new Queue(queueName, { prefix: queuePrefix, connection: client });
}, 60_000);
afterAll(async () => {
  await queue?.close();
  client?.disconnect();
  await redis?.stop();
  await desk?.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function writeTenants(file: string, ids: readonly string[]): Promise<void> {
  const tenants = ids.map((id) => ({
    id,
    name: id,
    webhook: { servicedesk_signature: { secrets: [`env:${secretVariable(id)}`] } },
    desk: {
      type: 'servicedesk-plus',
      base_url: desk.baseUrl,
      credential: 'env:DESK_CREDENTIAL',
      allow_private_network: true,
    },
    notes: { when_nothing_found: 'short' },
    limits: { requests_per_minute: 1_000_000 },
  }));
  await writeFile(file, stringify({ tenants }));
}

const everyTenant = ['acme', 'leaver', 'old-name', 'added', 'new-name'];
const secretVariable = (id: string) => `${id.toUpperCase().replace('-', '_')}_SECRET`;

const environment = (file: string) => ({
  REDIS_URL: redis.url,
  TENANTS_FILE: file,
  HTTP_PROCESSES: '1',
  WORKER_PROCESSES: '1',
  ...Object.fromEntries(everyTenant.map((id) => [secretVariable(id), `demo-secret-${id}`])),
  DESK_CREDENTIAL: deskCredential,
});

/** Enough that each of five tenants comes many times while one machine is ahead of the other. */
const paceMs = 50;

/** Sends signed tickets one after the other until it is stopped, and keeps those that were accepted. */
function sendTo(service: Service, tenantIds: readonly string[]) {
  const accepted: string[] = [];
  let sending = true;
  const done = (async () => {
    for (let i = 0; sending; i++) {
      const fields = ticket({ tenant_id: tenantIds[i % tenantIds.length] ?? '' });
      const response = await postTicket(service.webhooks, fields).catch(() => undefined);
      // A tenant that this http child does not know yet, or any more, is refused, and its desk sends again.
      if (response?.status === 202) accepted.push(String(fields['ticket_id']));
      await sleep(paceMs);
    }
  })();
  return {
    accepted,
    stop: async () => {
      sending = false;
      await done;
    },
  };
}

async function reload(service: Service): Promise<void> {
  const times = () => service.output().match(/reloaded: tenants read anew/g)?.length ?? 0;
  const before = times();
  service.process.kill('SIGHUP');
  await until('it has reloaded', () => times() > before, 90_000);
}

async function untilEachHasItsNote(accepted: readonly string[]): Promise<void> {
  const without = () => accepted.filter((id) => desk.notes(id).length === 0);
  await until(`all of ${accepted.length} have their notes`, () => without().length === 0, 90_000);
  expect(accepted.filter((id) => desk.notes(id).length !== 1)).toEqual([]);
  expect(await queue.getFailed()).toEqual([]);
}

describe('two instances whose tenants are reloaded one after the other', () => {
  let one: Service;
  let other: Service;
  const files = () => ({ one: join(folder, 'one.yaml'), other: join(folder, 'other.yaml') });
  beforeAll(async () => {
    const { one: first, other: second } = files();
    await writeTenants(first, ['acme', 'leaver', 'old-name']);
    await writeTenants(second, ['acme', 'leaver', 'old-name']);
    one = await startService({ env: environment(first) });
    other = await startService({ env: environment(second) });
  }, 120_000);
  afterAll(async () => {
    for (const service of [one, other]) await service?.destroy();
  }, 60_000);

  it('give each accepted ticket one note, whichever is reloaded first', async () => {
    const clients = [one, other].map((service) => sendTo(service, everyTenant));
    const after = ['acme', 'added', 'new-name'];
    await writeTenants(files().one, after);
    await reload(one);
    // What one accepts for `added` now, the other's worker does not know; and the other way round for `leaver`.
    await until('the other has deferred a job', async () => (await deferrals(other, 'tenant_unknown')) > 0, 60_000);
    await writeTenants(files().other, after);
    await reload(other);
    // And back, the other one first.
    await writeTenants(files().other, everyTenant);
    await reload(other);
    await until('the first has deferred a job', async () => (await deferrals(one, 'tenant_unknown')) > 0, 60_000);
    await writeTenants(files().one, everyTenant);
    await reload(one);
    for (const each of clients) await each.stop();
    const accepted = clients.flatMap((each) => each.accepted);
    expect(accepted.length).toBeGreaterThan(50);
    await untilEachHasItsNote(accepted);
  }, 180_000);
});

async function deferrals(service: Service, reason: string): Promise<number> {
  const { samples } = await service.scrape();
  return samples
    .filter(({ name, labels }) => name === 'enhancement_deferrals_total' && labels['reason'] === reason)
    .reduce((sum, { value }) => sum + value, 0);
}

describe('two releases on one Redis', () => {
  let older: Service;
  let newer: Service;
  beforeAll(async () => {
    const file = join(folder, 'releases.yaml');
    await writeTenants(file, ['acme']);
    older = await startService({ env: environment(file) });
    newer = await startService({ env: environment(file), program: await buildNewer() });
  }, 120_000);
  afterAll(async () => {
    for (const service of [older, newer]) await service?.destroy();
  }, 60_000);

  it('run each ticket once: the older one leaves the newer one’s jobs to it', async () => {
    const accepted: string[] = [];
    const send = async (service: Service) => {
      const fields = ticket({ tenant_id: 'acme' });
      const response = await postTicket(service.webhooks, fields);
      expect(response.status).toBe(202);
      accepted.push(String(fields['ticket_id']));
      return (await response.json()) as Accepted;
    };
    await until(
      'the older one has deferred a job',
      async () => {
        await Promise.all([send(older), send(newer)]);
        return (await deferrals(older, 'job_version')) > 0;
      },
      60_000,
    );
    expect(await deferrals(newer, 'job_version')).toBe(0);
    // When the older machine is upgraded or stopped, what it deferred is run by the others.
    await older.stop();
    await reload(newer);
    await untilEachHasItsNote(accepted);
  }, 180_000);

  /** This release with a job version that is one higher. */
  async function buildNewer(): Promise<string> {
    const copy = join(folder, 'newer');
    await cp(join(process.cwd(), 'dist'), join(copy, 'dist'), { recursive: true });
    for (const name of ['package.json', 'demo', 'node_modules']) {
      await symlink(join(process.cwd(), name), join(copy, name));
    }
    const built = join(copy, 'dist/queue/job.js');
    const text = await readFile(built, 'utf8');
    const patched = text.replace('jobVersion = 1', 'jobVersion = 2');
    expect(patched).not.toBe(text);
    await writeFile(built, patched);
    return join(copy, 'dist/main.js');
  }
});

import { beforeAll, describe, expect, it } from '@jest/globals';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import { startDeskServer } from '../support/desk-server.js';
import { redisOfFile, serviceOfFile } from '../support/of-file.js';
import { bullQueue } from '../support/of-test.js';
import { afterFile, eachFile, temporaryFolder } from '../support/opened.js';
import { by, type Service, until } from '../support/service.js';
import { deskCredential, secretsOf, serviceDeskAt, writeTenants } from '../support/tenants-files.js';
import { type Accepted, postTicket, ticket } from '../support/webhooks.js';

/**
 * Two instances on one Redis that do not know the same: tenants are reloaded on one machine before the other, and one runs
 * a newer release. No accepted ticket fails for it, and each has one note.
 */

const redis = redisOfFile();
const desk = eachFile(
  () => startDeskServer({ credential: deskCredential }),
  (opened) => opened.close(),
);
const folder = temporaryFolder(afterFile);
let queue: Queue<unknown>;
beforeAll(() => {
  queue = bullQueue(redis.client, afterFile);
});

const everyTenant = ['acme', 'leaver', 'old-name', 'added', 'new-name'];

/** @param name of the file */
function environment(name: string, ids: readonly string[]): Record<string, string> {
  const atDesk = { desk: serviceDeskAt(desk.baseUrl) };
  const tenants = writeTenants(folder, Object.fromEntries(ids.map((id) => [id, atDesk])), name);
  const processes = { HTTP_PROCESSES: '1', WORKER_PROCESSES: '1' };
  return { ...tenants, ...secretsOf(...everyTenant), ...processes, REDIS_URL: redis.url };
}

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
  const before = ['acme', 'leaver', 'old-name'];
  const one = serviceOfFile(() => ({ env: environment('one.yaml', before) }));
  const other = serviceOfFile(() => ({ env: environment('other.yaml', before) }));

  it('give each accepted ticket one note, whichever is reloaded first', async () => {
    const clients = [one, other].map((service) => sendTo(service, everyTenant));
    const after = ['acme', 'added', 'new-name'];
    environment('one.yaml', after);
    await reload(one);
    // What one accepts for `added` now, the other's worker does not know; and the other way round for `leaver`.
    await until('the other has deferred a job', async () => (await deferrals(other, 'tenant_unknown')) > 0, 60_000);
    environment('other.yaml', after);
    await reload(other);
    // And back, the other one first.
    environment('other.yaml', everyTenant);
    await reload(other);
    await until('the first has deferred a job', async () => (await deferrals(one, 'tenant_unknown')) > 0, 60_000);
    environment('one.yaml', everyTenant);
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
  const older = serviceOfFile(() => ({ env: environment('releases.yaml', ['acme']) }));
  const newer = serviceOfFile(async () => ({
    env: environment('releases.yaml', ['acme']),
    spawned: by(process.execPath, await buildNewer()),
  }));

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

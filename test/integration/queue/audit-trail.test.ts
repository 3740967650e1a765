import { beforeEach, expect, it } from '@jest/globals';
import { createLogger } from '../../../src/logging/logger.js';
import { watchAuditTrail } from '../../../src/primary/watchers/audit-watch.js';
import { type AuditTrail, createAuditTrail } from '../../../src/queue/audit-trail.js';
import { queueOfFile, redisOfFile } from '../../support/of-file.js';
import { afterTest } from '../../support/opened.js';
import { until } from '../../support/service.js';

const redis = redisOfFile();
const queue = queueOfFile(redis);
let trail: AuditTrail;
let stop: () => Promise<void>;
const key = 'enhancement:audit';

const change = (id: string) => ({
  action: 'retry',
  user: 'ann',
  host: 'desk-1',
  at: '2026-11-29T12:00:00.000Z',
  jobs: 1,
  job_ids: [id],
});

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** What is left in Redis. */
const left = () => redis.client.lrange(key, 0, -1);

/** @returns the audit lines of the log, while it is written */
function watch(watched: Pick<AuditTrail, 'recorded' | 'remove'>): unknown[] {
  const lines: unknown[] = [];
  const destination = {
    write(line: string) {
      const { audit, audit_text } = JSON.parse(line) as Record<string, unknown>;
      const shown = audit ?? audit_text;
      if (shown !== undefined) lines.push(shown);
    },
  };
  const log = createLogger({ level: 'debug', role: 'primary', slot: 0, destination });
  stop = watchAuditTrail({ trail: watched, log, intervalMs: 10 });
  afterTest(stop);
  return lines;
}

beforeEach(async () => {
  trail = createAuditTrail(queue);
  await redis.client.del(key);
});

it('changes that were made while no instance ran are in the log of one instance, each once and in their order', async () => {
  for (const id of ['d1', 'd2', 'd3']) await trail.record(change(id));
  const lines = watch(trail);
  await until('all are removed', async () => (await left()).length === 0);
  expect(lines).toEqual(['d1', 'd2', 'd3'].map(change));
});

it.each(['not JSON', '{"action":"retry"}', ''])(
  'a record that is no change (%j) is in the log as its text, and those around it are in the log',
  async (text) => {
    await trail.record(change('d1'));
    await redis.client.rpush(key, text);
    await trail.record(change('d2'));
    const lines = watch(trail);
    await until('all are removed', async () => (await left()).length === 0);
    expect(lines).toEqual([change('d1'), text, change('d2')]);
  },
);

it('a change is in the log though the reply to its removal is lost, and those after it are, too', async () => {
  for (const id of ['d1', 'd2']) await trail.record(change(id));
  let lost = false;
  const lines = watch({
    recorded: trail.recorded,
    async remove(recorded) {
      await trail.remove(recorded);
      if (lost) return;
      lost = true;
      throw new Error('the reply is lost');
    },
  });
  await until('all are removed', async () => (await left()).length === 0);
  expect(lines).toEqual(['d1', 'd2'].map(change));
});

it('a change whose removal fails stays, and is in the log again', async () => {
  await trail.record(change('d1'));
  let failures = 1;
  const lines = watch({
    recorded: trail.recorded,
    remove: async (recorded) => {
      if (failures-- > 0) throw new Error('Redis is away');
      await trail.remove(recorded);
    },
  });
  await until('it is removed', async () => (await left()).length === 0);
  expect(lines).toEqual([change('d1'), change('d1')]);
});

it.each(['recorded', 'remove'] as const)(
  'a stop waits for a look that waits for %s, and what is not in the log is in Redis',
  async (step) => {
    for (const id of ['d1', 'd2']) await trail.record(change(id));
    const reached = deferred();
    const answer = deferred();
    const held = async (at: typeof step): Promise<void> => {
      if (at !== step) return;
      reached.resolve();
      await answer.promise;
    };
    const lines = watch({
      async recorded() {
        const all = await trail.recorded();
        await held('recorded');
        return all;
      },
      async remove(recorded) {
        await held('remove');
        await trail.remove(recorded);
      },
    });
    await reached.promise;
    let ended = false;
    const stopped = stop().then(() => (ended = true));
    await new Promise(setImmediate);
    expect(ended).toBe(false);
    answer.resolve();
    await stopped;
    const kept = (await left()).map((text): unknown => JSON.parse(text));
    expect([...lines, ...kept]).toEqual(['d1', 'd2'].map(change));
  },
);

it('a change that cannot be recorded is told to its operator', async () => {
  await redis.client.set(key, 'of another program');
  await expect(trail.record(change('d1'))).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
});

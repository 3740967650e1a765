import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createLocalDesk, createNotePublisher, createServiceDeskPlus } from '../../src/connectors/index.js';
import type { Desk, NoteToPost } from '../../src/enhancement/index.js';
import { patientConnection, type RedisClient } from '../../src/queue/connection.js';
import { type DeskServer, startDeskServer } from '../support/desk-server.js';
import { type TestRedis, startRedis } from '../support/redis.js';
import { ticketJob, readable } from '../support/worker.js';

const settleMs = 600;
const ticket = ticketJob({ ticketId: '42' });
const note: NoteToPost = {
  mode: 'extractive',
  html: '<p>note ticket-enhancer#d1</p>',
  text: 'note',
  citations: [],
  marker: 'ticket-enhancer#d1',
  correlationId: 'c',
};
const lockKey = 'enhancement:queue:d1:lock';
const signal = new AbortController().signal;

/** Where an attempt's process dies. */
type CrashPoint = 'before-look' | 'before-intent' | 'before-post' | 'after-post' | 'none';

class Crash extends Error {}

let redisServer: TestRedis;
let redis: RedisClient;
let server: DeskServer;
let desk: Desk;
beforeAll(async () => {
  redisServer = await startRedis();
  redis = patientConnection(redisServer.url);
});
beforeEach(async () => {
  await redis.flushall();
  server = await startDeskServer();
  desk = createServiceDeskPlus({
    baseUrl: server.baseUrl,
    deployment: 'on-premises',
    credential: readable('desk-secret'),
    allowPrivateNetwork: true,
    timeoutMs: 200,
    settleMs,
  });
});
afterEach(() => server.close());
afterAll(async () => {
  redis.disconnect();
  await redisServer.stop();
});

/** An attempt by a worker that takes the job's lock first, as BullMQ has it do. */
async function attempt(token: string, crash: CrashPoint = 'none', on: Desk = desk) {
  await redis.set(lockKey, token);
  return publisher(token, crash, on).publish(ticket, note, signal);
}

function publisher(token: string, crash: CrashPoint = 'none', on: Desk = desk) {
  const dyingDesk: Desk = {
    settleMs: on.settleMs,
    async hasNote(...args) {
      if (crash === 'before-look') throw new Crash();
      const found = await on.hasNote(...args);
      if (crash === 'before-intent' && !found) throw new Crash();
      return found;
    },
    async addNote(...args) {
      if (crash === 'before-post') throw new Crash();
      await on.addNote(...args);
      if (crash === 'after-post') throw new Crash();
    },
  };
  return createNotePublisher({ redis, desk: dyingDesk, jobId: 'd1', lock: { key: lockKey, token } });
}

describe('one note per job', () => {
  it('is posted once, and never again', async () => {
    expect(await attempt('a')).toBe('posted');
    expect(await publisher('a').isPublished(signal)).toBe(true);
    expect(await attempt('b')).toBe('found');
    expect(server.notes('42')).toHaveLength(1);
    expect(await redis.pttl('enhancement:note:d1')).toBeGreaterThan(72 * 3600 * 1000);
  });

  it.each<[CrashPoint, string]>([
    ['before-look', 'posted'],
    ['before-intent', 'posted'],
    ['before-post', 'posted'],
    ['after-post', 'found'],
  ])('after a death %s', async (crash, expected) => {
    await expect(attempt('a', crash)).rejects.toThrow(Crash);
    expect(await attempt('b')).toBe(expected);
    expect(server.notes('42')).toHaveLength(1);
  });

  it('after any series of deaths', async () => {
    const point = fc.constantFrom<CrashPoint>('before-look', 'before-intent', 'before-post', 'after-post');
    const quick: Desk = { ...desk, settleMs: 5 };
    await fc.assert(
      fc.asyncProperty(fc.array(point, { maxLength: 6 }), fc.boolean(), async (crashes, local) => {
        await redis.flushall();
        await server.close();
        server = await startDeskServer();
        const remote = createServiceDeskPlus({
          baseUrl: server.baseUrl,
          deployment: 'on-premises',
          credential: readable('desk-secret'),
          allowPrivateNetwork: true,
        });
        const localDesk = createLocalDesk(redis);
        const on = local ? localDesk.deskFor('acme') : { ...remote, settleMs: quick.settleMs };
        for (const [i, crash] of crashes.entries()) await attempt(`t${i}`, crash, on).catch(() => undefined);
        await attempt('last', 'none', on);
        const notes = local ? ((await localDesk.readTicket('acme', '42'))?.notes ?? []) : server.notes('42');
        expect(notes).toHaveLength(1);
      }),
      { numRuns: 40 },
    );
  });

  it('waits for a note that the desk is slow to add, rather than post another', async () => {
    server.failNext([{ kind: 'late', delayMs: 350 }]);
    await expect(attempt('a')).rejects.toMatchObject({ code: 'DESK_UNAVAILABLE', outcomeUnknown: true });
    expect(server.notes('42')).toHaveLength(0);
    expect(await attempt('b')).toBe('found');
    expect(server.notes('42')).toHaveLength(1);
  });

  it('finds it when the answer was lost', async () => {
    server.failNext([{ kind: 'answer-lost' }]);
    await expect(attempt('a')).rejects.toMatchObject({ outcomeUnknown: true });
    expect(await attempt('b')).toBe('found');
    expect(server.notes('42')).toHaveLength(1);
  });

  it('finds it even when Redis has forgotten everything', async () => {
    await attempt('a');
    await redis.flushall();
    expect(await attempt('b')).toBe('found');
    expect(server.notes('42')).toHaveLength(1);
  });

  it('is not posted by a worker that has lost the job', async () => {
    await redis.set(lockKey, 'somebody-else');
    await expect(publisher('a').publish(ticket, note, signal)).rejects.toMatchObject({ code: 'LOCK_LOST' });
    expect(server.notes('42')).toHaveLength(0);
    expect(await redis.exists('enhancement:note:d1')).toBe(0);
  });

  it('is posted once by two who meet, of whom one has the lock', async () => {
    await redis.set(lockKey, 'b');
    const zombie = publisher('a').publish(ticket, note, signal);
    const owner = publisher('b').publish(ticket, note, signal);
    const [first, second] = await Promise.allSettled([zombie, owner]);
    expect(second).toMatchObject({ value: 'posted' });
    if (first.status === 'rejected') expect(first.reason).toMatchObject({ code: 'LOCK_LOST' });
    else expect(first.value).toBe('found');
    expect(server.notes('42')).toHaveLength(1);
  });

  it('needs no waiting after a refusal, which is no intent any more', async () => {
    server.failNext([{ kind: 'error', status: 500 }]);
    await expect(attempt('a')).rejects.toMatchObject({ outcomeUnknown: false });
    expect(await redis.exists('enhancement:note:d1')).toBe(0);
    expect(await attempt('b', 'none', { ...desk, settleMs: 3_600_000 })).toBe('posted');
  });

  it('is posted by the same attempt once the desk is willing again', async () => {
    server.failNext([{ kind: 'rate-limited', retryAfterSeconds: 1 }]);
    expect(await attempt('a')).toBe('posted');
    expect(server.notes('42')).toHaveLength(1);
  });

  it('does not wait for an hour when the clock of Redis was set back', async () => {
    await redis.hset('enhancement:note:d1', { state: 'intent', claim: 'x', at: Date.now() + 3_600_000 });
    expect(await attempt('b')).toBe('posted');
  });
});

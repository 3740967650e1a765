import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createServiceDeskPlus } from '../../../src/connectors/desks/servicedesk-plus/notes.js';
import { createLocalDesk, createNotePublisher, createRedisNoteStore } from '../../../src/connectors/index.js';
import type { NoteStore } from '../../../src/connectors/note-store.js';
import { type Desk, EnhancementError, type NoteToPost } from '../../../src/enhancement/index.js';
import type { DeskServer } from '../../support/desk-server.js';
import { redisOfFile } from '../../support/of-file.js';
import { openDesk } from '../../support/of-test.js';
import { until } from '../../support/service.js';
import { deskTenant, readable, startWorker, tenantsOf, ticketJob } from '../../support/worker.js';

/** Scaled down: as shipped it is 2 s to send, 10 s for an exchange, 15 s to settle. */
const sendWithinMs = 500;
const timeoutMs = 300;
const settleMs = 600;
const ticket = ticketJob({ ticketId: '42' });
const note: NoteToPost = {
  mode: 'extractive',
  html: '<p>note ticket-enhancer#d1</p>',
  text: 'note',
  citations: [],
  wiki: '',
  marker: 'ticket-enhancer#d1',
  correlationId: 'c',
};
const lockKey = 'enhancement:queue:d1:lock';
const noteKey = 'enhancement:note:d1';
const signal = new AbortController().signal;

/** Where an attempt's process dies. */
type CrashPoint = 'before-look' | 'before-intent' | 'before-post' | 'after-post' | 'none';

class Crash extends Error {}

const own = redisOfFile();
let server: DeskServer;
let desk: Desk;
beforeEach(async () => {
  await own.client.flushall();
  server = await openDesk();
  desk = createServiceDeskPlus({
    baseUrl: server.baseUrl,
    deployment: 'on-premises',
    credential: readable('desk-secret'),
    allowPrivateNetwork: true,
    timeoutMs,
    settleMs,
  });
});

const storeOf = (token: string): NoteStore =>
  createRedisNoteStore({ redis: own.client, jobId: 'd1', lock: { key: lockKey, token } });

/** An attempt by a worker that takes the job's lock first, as BullMQ has it do. */
async function attempt(token: string, crash: CrashPoint = 'none', on: Desk = desk, ending = signal) {
  await own.client.set(lockKey, token);
  return publisher(token, crash, on).publish(ticket, note, ending);
}

function publisher(token: string, crash: CrashPoint = 'none', on: Desk = desk, store = storeOf(token)) {
  const dyingDesk: Desk = {
    ...on,
    async hasNote(...args) {
      if (crash === 'before-look') throw new Crash();
      const found = await on.hasNote(...args);
      if (crash === 'before-intent' && !found) throw new Crash();
      return found;
    },
    async addNote(...args) {
      if (crash === 'before-post') await death();
      const outcome = await on.addNote(...args);
      if (crash === 'after-post') await death();
      return outcome;
    },
  };
  let die: (error: Crash) => void = () => undefined;
  const dead = new Promise<never>((_, reject) => (die = reject));
  dead.catch(() => undefined);
  /** Nothing that this attempt would still do happens any more. */
  function death(): Promise<never> {
    die(new Crash());
    return new Promise(() => undefined);
  }
  const alive = createNotePublisher({ store, desk: dyingDesk, sendWithinMs });
  return {
    isPublished: () => alive.isPublished(ticket, note.marker, signal),
    publish: (...args: Parameters<typeof alive.publish>) => Promise.race([alive.publish(...args), dead]),
  };
}

const postsOf = ({ requests }: DeskServer) => requests.filter(({ method }) => method === 'POST');

describe('one note per job', () => {
  it('is posted once, and never again', async () => {
    expect(await attempt('a')).toBe('posted');
    expect(await publisher('a').isPublished()).toBe(true);
    expect(await attempt('b')).toBe('found');
    expect(server.notes('42')).toHaveLength(1);
    expect(await own.client.pttl(noteKey)).toBeGreaterThan(72 * 3600 * 1000);
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
    await fc.assert(
      fc.asyncProperty(fc.array(point, { maxLength: 6 }), fc.boolean(), async (crashes, local) => {
        await own.client.flushall();
        server = await openDesk();
        const remote = createServiceDeskPlus({
          baseUrl: server.baseUrl,
          deployment: 'on-premises',
          credential: readable('desk-secret'),
          allowPrivateNetwork: true,
        });
        const localDesk = createLocalDesk(own.client);
        // As long as claims live here, the desk behaves.
        const on = local ? localDesk.deskFor('acme') : { ...remote, longestExchangeMs: 5, settleMs: 5 };
        for (const [i, crash] of crashes.entries()) await attempt(`t${i}`, crash, on).catch(() => undefined);
        await attempt('last', 'none', on);
        const notes = local ? ((await localDesk.readTicket('acme', '42'))?.notes ?? []) : server.notes('42');
        expect(notes).toHaveLength(1);
      }),
      { numRuns: 15 },
    );
  });

  it('waits for a note that the desk is slow to add, rather than post another', async () => {
    server.failNext([{ kind: 'late', delayMs: timeoutMs + 150 }]);
    await expect(attempt('a')).rejects.toMatchObject({ code: 'DESK_UNAVAILABLE' });
    expect(server.notes('42')).toHaveLength(0);
    expect(await attempt('b')).toBe('found');
    expect(server.notes('42')).toHaveLength(1);
  });

  it('finds it when the answer was lost', async () => {
    server.failNext([{ kind: 'answer-lost' }]);
    await expect(attempt('a')).rejects.toMatchObject({ code: 'DESK_UNAVAILABLE' });
    expect(await attempt('b')).toBe('found');
    expect(server.notes('42')).toHaveLength(1);
  });

  it('finds it even when Redis has forgotten everything', async () => {
    await attempt('a');
    await own.client.flushall();
    expect(await attempt('b')).toBe('found');
    expect(server.notes('42')).toHaveLength(1);
  });

  it('is not posted by a worker that has lost the job', async () => {
    await own.client.set(lockKey, 'somebody-else');
    await expect(publisher('a').publish(ticket, note, signal)).rejects.toMatchObject({ code: 'LOCK_LOST' });
    expect(server.notes('42')).toHaveLength(0);
    expect(await own.client.exists(noteKey)).toBe(0);
  });

  it('is posted once by two who meet, of whom one has the lock', async () => {
    await own.client.set(lockKey, 'b');
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
    await expect(attempt('a')).rejects.toMatchObject({ code: 'DESK_UNAVAILABLE' });
    expect(await own.client.exists(noteKey)).toBe(0);
    expect(await attempt('b', 'none', { ...desk, settleMs: 3_600_000 })).toBe('posted');
  });

  it('is posted by the same attempt once the desk is willing again', async () => {
    server.failNext([{ kind: 'rate-limited', retryAfterSeconds: 1 }]);
    expect(await attempt('a')).toBe('posted');
    expect(server.notes('42')).toHaveLength(1);
  });

  it('does not wait for an hour when the clock of Redis was set back', async () => {
    const settlesAt = Date.now() + 3_600_000;
    await own.client.hset(noteKey, { state: 'intent', claim: 'x', settles_at: settlesAt, bound: 500 });
    expect(await attempt('b')).toBe('posted');
  });
});

describe('a request of unknown outcome', () => {
  /** Of which the claim settles later than an attempt waits. */
  const slow = (): Desk => ({ ...desk, settleMs: 20_000 });

  it('puts the job off until the desk cannot act on it any more, and is not waited for in the worker', async () => {
    server.failNext([{ kind: 'no-answer' }]);
    await expect(attempt('a', 'none', slow())).rejects.toMatchObject({ code: 'DESK_UNAVAILABLE' });
    const put = await attempt('b', 'none', slow()).catch((error: unknown) => error);
    expect(put).toMatchObject({ code: 'NOTE_UNSETTLED', deferMs: expect.any(Number) });
    if (put instanceof EnhancementError) expect(put.deferMs).toBeGreaterThan(15_000);
    await expect(publisher('b', 'none', slow()).isPublished()).rejects.toMatchObject({ code: 'NOTE_UNSETTLED' });
    expect(server.requests).toHaveLength(2); // a look and a POST
  });

  it('is settled by a look at the ticket before anything is paid for', async () => {
    server.failNext([{ kind: 'answer-lost' }]);
    await expect(attempt('a')).rejects.toMatchObject({ code: 'DESK_UNAVAILABLE' });
    expect(await publisher('b').isPublished()).toBe(true);
    expect(await own.client.hget(noteKey, 'state')).toBe('done');
  });

  it('counts from the end of its connection: a desk may act long after our timeout', async () => {
    server.failNext([{ kind: 'late', delayMs: timeoutMs + settleMs - 100 }]);
    await expect(attempt('a')).rejects.toMatchObject({ code: 'DESK_UNAVAILABLE' });
    expect(await attempt('b')).toBe('found');
    expect(server.notes('42')).toHaveLength(1);
  });

  it.each(['DRAINED', 'LOCK_LOST'] as const)('is recorded before an attempt ends as %s', async (code) => {
    server.failNext([{ kind: 'late', delayMs: 400 }]);
    const ending = new AbortController();
    const posting = attempt('a', 'none', desk, ending.signal);
    await until('the desk has the request', () => postsOf(server).length === 1);
    const claimed = await own.client.hgetall(noteKey);
    ending.abort(new EnhancementError(code, 'enough'));
    await expect(posting).rejects.toMatchObject({ code });
    const recorded = await own.client.hgetall(noteKey);
    expect(recorded).toMatchObject({ state: 'intent', claim: claimed['claim'], bound: String(settleMs) });
    expect(await attempt('b')).toBe('found');
    expect(server.notes('42')).toHaveLength(1);
  });

  it('leaves its claim as it is when Redis does not take the record', async () => {
    server.failNext([{ kind: 'late', delayMs: timeoutMs + 100 }]);
    const deaf: NoteStore = { ...storeOf('a'), settle: () => Promise.reject(new Error('READONLY')) };
    await own.client.set(lockKey, 'a');
    const posting = publisher('a', 'none', desk, deaf).publish(ticket, note, signal);
    await expect(posting).rejects.toMatchObject({ code: 'DESK_UNAVAILABLE' });
    expect(await own.client.hget(noteKey, 'bound')).toBe(String(sendWithinMs + timeoutMs + settleMs));
    expect(await attempt('b')).toBe('found');
    expect(server.notes('42')).toHaveLength(1);
  });

  it('holds a job back that a worker had to give up in its POST', async () => {
    const acme = tenantsOf(deskTenant(server));
    const stopping = await startWorker(own, acme);
    server.failNext([{ kind: 'late', delayMs: 500 }]);
    const jobId = await stopping.add(ticketJob());
    await until('the desk has the request', () => postsOf(server).length === 1);
    await stopping.drain(50);
    expect(await stopping.queue.getJobState(jobId)).toBe('waiting');
    const next = await startWorker(own, acme);
    expect(await next.ended(jobId, ['delayed', 'completed', 'failed'])).toBe('delayed');
    await until('the desk has acted', () => server.notes('TKT-1001').length > 0);

    await own.client.hset(`enhancement:note:${jobId}`, 'settles_at', 0);
    await (await next.queue.getJob(jobId))?.promote();
    expect(await next.ended(jobId)).toBe('completed');
    expect(await next.queue.getJob(jobId)).toMatchObject({ attemptsMade: 1 });
    expect(postsOf(server)).toHaveLength(1);
    expect(server.notes('TKT-1001')).toHaveLength(1);
  });
});

describe('a claim', () => {
  it('is not used by a worker that was stopped between its being granted and being read', async () => {
    let granted = (): void => undefined;
    const isGranted = new Promise<void>((resolve) => (granted = resolve));
    let read = (): void => undefined;
    const mayBeRead = new Promise<void>((resolve) => (read = resolve));
    const store: NoteStore = {
      ...storeOf('a'),
      async claim(...args) {
        const reply = await storeOf('a').claim(...args);
        granted();
        await mayBeRead;
        return reply;
      },
    };
    await own.client.set(lockKey, 'a');
    const stopped = publisher('a', 'none', desk, store).publish(ticket, note, signal);
    await isGranted;
    expect(await attempt('b')).toBe('posted');
    read();
    await expect(stopped).rejects.toMatchObject({ code: 'NOTE_NOT_SENT', cause: { failure: 'send-too-late' } });
    expect(server.notes('42')).toHaveLength(1);
  });

  it('of which nothing was sent holds up nobody', async () => {
    const ending = new AbortController();
    const store: NoteStore = {
      ...storeOf('a'),
      async claim(...args) {
        const reply = await storeOf('a').claim(...args);
        ending.abort(new EnhancementError('DRAINED', 'enough'));
        return reply;
      },
    };
    await own.client.set(lockKey, 'a');
    const drained = publisher('a', 'none', desk, store).publish(ticket, note, ending.signal);
    await expect(drained).rejects.toMatchObject({ code: 'DRAINED' });
    expect(await own.client.exists(noteKey)).toBe(0);
    expect(postsOf(server)).toEqual([]);
  });
});

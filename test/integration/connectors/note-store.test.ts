import { beforeEach, describe, expect, it } from '@jest/globals';
import type { NoteState, NoteStore } from '../../../src/connectors/note-store.js';
import { createRedisNoteStore } from '../../../src/connectors/redis-note-store.js';
import { createMemoryNotes } from '../../support/memory-note-store.js';
import { redisOfFile } from '../../support/of-file.js';

/** What the ledger relies on, of the store in Redis and of the one that the simulation uses. */

interface World {
  storeFor(token: string): NoteStore;
  takeLock(token: string): Promise<void>;
  setClockBack(byMs: number): Promise<void>;
}

const lockKey = 'enhancement:queue:d1:lock';
const noteKey = 'enhancement:note:d1';
const none: NoteState = { kind: 'none' };
const hourMs = 3_600_000;
const boundMs = 20_000;

const own = redisOfFile();

async function inRedis(): Promise<World> {
  await own.client.flushall();
  return {
    storeFor: (token) => createRedisNoteStore({ redis: own.client, jobId: 'd1', lock: { key: lockKey, token } }),
    takeLock: async (token) => void (await own.client.set(lockKey, token)),
    // To Redis it is the same when what it keeps moves ahead.
    setClockBack: async (byMs) => void (await own.client.hincrby(noteKey, 'settles_at', byMs)),
  };
}

async function inMemory(): Promise<World> {
  let holder: string | undefined;
  let backMs = 0;
  const notes = createMemoryNotes(
    () => Date.now() - backMs,
    () => holder,
  );
  return {
    storeFor: notes.storeFor,
    takeLock: async (token) => void (holder = token),
    setClockBack: async (byMs) => void (backMs += byMs),
  };
}

describe.each([
  ['in Redis', inRedis],
  ['in memory', inMemory],
])('the state of a note, %s', (_where, create) => {
  let world: World;
  let a: NoteStore;
  let b: NoteStore;
  beforeEach(async () => {
    world = await create();
    a = world.storeFor('a');
    b = world.storeFor('b');
    await world.takeLock('a');
  });

  const claimBy = (store: NoteStore, id: string, seen: NoteState) => store.claim({ id, settlesInMs: boundMs }, seen);

  async function settlesInMs(): Promise<number> {
    const state = await a.read(boundMs);
    if (state.kind !== 'claimed') throw new Error(`it is ${state.kind}`);
    return state.settlesInMs;
  }

  it('is nothing, then a claim with the time in which it settles, then done', async () => {
    expect(await a.read(boundMs)).toEqual(none);
    expect(await claimBy(a, 'c1', none)).toBe('claimed');
    expect(await settlesInMs()).toBeGreaterThan(boundMs - 5000);
    expect(await settlesInMs()).toBeLessThanOrEqual(boundMs);
    await a.setDone();
    expect(await b.read(boundMs)).toEqual({ kind: 'done' });
    expect(await claimBy(a, 'c2', none)).toBe('done');
  });

  it('is claimed by the holder of the lock alone', async () => {
    expect(await claimBy(b, 'c1', none)).toBe('lock-lost');
    expect(await a.read(boundMs)).toEqual(none);
  });

  it('is claimed only as it was seen', async () => {
    await claimBy(a, 'c1', none);
    expect(await claimBy(a, 'c2', none)).toBe('changed');
    const seen = await a.read(boundMs);
    expect(await claimBy(a, 'c2', seen)).toBe('claimed');
    expect(await claimBy(a, 'c3', seen)).toBe('changed');
  });

  it('is not claimed by a look from before an exchange ended', async () => {
    await claimBy(a, 'c1', none);
    const seen = await a.read(boundMs);
    await b.settle({ id: 'c1', settlesInMs: 1 });
    expect(await claimBy(a, 'c2', seen)).toBe('changed');
    expect(await claimBy(a, 'c2', await a.read(boundMs))).toBe('claimed');
  });

  it('is claimed once by a claim that is sent twice', async () => {
    expect(await claimBy(a, 'c1', none)).toBe('claimed');
    expect(await claimBy(a, 'c1', none)).toBe('claimed');
    expect(await settlesInMs()).toBeGreaterThan(0);
  });

  it('settles anew when an exchange under its claim has ended', async () => {
    await claimBy(a, 'c1', none);
    await a.settle({ id: 'c1', settlesInMs: 0 });
    expect(await settlesInMs()).toBeLessThanOrEqual(0);
    await a.settle({ id: 'c1', settlesInMs: hourMs });
    expect(await settlesInMs()).toBeGreaterThan(hourMs - 5000);
  });

  it('is nothing again when its claim is withdrawn', async () => {
    await claimBy(a, 'c1', none);
    await b.withdraw('c1');
    expect(await a.read(boundMs)).toEqual(none);
  });

  it('is not changed under a claim that is not the latest', async () => {
    await claimBy(a, 'c1', none);
    const seen = await a.read(boundMs);
    await claimBy(a, 'c2', seen);
    const before = await a.read(boundMs);
    await b.settle({ id: 'c1', settlesInMs: hourMs });
    await b.withdraw('c1');
    expect(await a.read(boundMs)).toMatchObject({ version: before.kind === 'claimed' ? before.version : '' });
    await a.setDone();
    await a.settle({ id: 'c2', settlesInMs: hourMs });
    await a.withdraw('c2');
    expect(await a.read(boundMs)).toEqual({ kind: 'done' });
  });

  it('settles in the time of its claim from now when the clock was set back', async () => {
    await claimBy(a, 'c1', none);
    await world.setClockBack(hourMs);
    const first = await settlesInMs();
    expect(first).toBeGreaterThan(boundMs - 5000);
    expect(first).toBeLessThanOrEqual(boundMs);
    await expect(settlesInMs()).resolves.toBeLessThanOrEqual(first);
  });
});

it('a claim of an older release, which says no time, settles in the longest time from now', async () => {
  await own.client.flushall();
  await own.client.hset(noteKey, { state: 'intent', claim: 'x', at: 0 });
  const store = createRedisNoteStore({ redis: own.client, jobId: 'd1', lock: { key: lockKey, token: 'a' } });
  const state = await store.read(boundMs);
  expect(state).toMatchObject({ kind: 'claimed' });
  if (state.kind === 'claimed') expect(state.settlesInMs).toBeGreaterThan(boundMs - 5000);
});

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type CallKind, createSlowTenants } from '../../../../src/workers/selection/slow-tenants.js';
import { createTenantConcurrency } from '../../../../src/workers/selection/tenant-concurrency.js';
import { timedCalls } from '../../../../src/workers/selection/timed-calls.js';
import { ticketOf } from '../../../support/tickets.js';

describe('a tenant', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const onSlow = jest.fn();
  const tenants = () => {
    onSlow.mockClear();
    return createSlowTenants(onSlow);
  };
  /** A call that ends when it is told to. */
  function call() {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    return { end, made: () => ended };
  }

  it('is slow while a call to its desk takes long, and no other tenant is', async () => {
    const slow = tenants();
    const { end, made } = call();
    const timed = slow.timed('bad', 'desk', made);
    expect(slow.has('bad')).toBe(false);
    jest.advanceTimersByTime(500);
    expect([slow.has('bad'), slow.has('good')]).toEqual([true, false]);
    expect(onSlow).toHaveBeenCalledTimes(1);
    end();
    await timed;
  });

  it('is slow after that, until a call has ended in time', async () => {
    const slow = tenants();
    const first = call();
    const timed = slow.timed('bad', 'desk', first.made);
    jest.advanceTimersByTime(500);
    first.end();
    await timed;
    expect(slow.has('bad')).toBe(true);
    await slow.timed('bad', 'desk', async () => undefined);
    expect(slow.has('bad')).toBe(false);
  });

  it('stays slow while one of its calls hangs, though others end in time', async () => {
    const slow = tenants();
    const hanging = call();
    const timed = slow.timed('bad', 'desk', hanging.made);
    jest.advanceTimersByTime(500);
    await slow.timed('bad', 'desk', async () => undefined);
    expect(slow.has('bad')).toBe(true);
    hanging.end();
    await timed;
  });

  it('is not slow for a model that takes seconds, and is for one that hangs', async () => {
    const slow = tenants();
    const { end, made } = call();
    const timed = slow.timed('bad', 'model', made);
    jest.advanceTimersByTime(9_999);
    expect(slow.has('bad')).toBe(false);
    jest.advanceTimersByTime(1);
    expect(slow.has('bad')).toBe(true);
    end();
    await timed;
  });

  it('stays slow for its desk, though its model answers in time', async () => {
    const slow = tenants();
    const hanging = call();
    const timed = slow.timed('bad', 'desk', hanging.made);
    jest.advanceTimersByTime(500);
    hanging.end();
    await timed;
    await slow.timed('bad', 'model', async () => undefined);
    expect(slow.has('bad')).toBe(true);
  });

  it('is told of the failure of its call', async () => {
    const failing = tenants().timed('bad', 'desk', async () => Promise.reject(new Error('no desk')));
    await expect(failing).rejects.toThrow('no desk');
  });
});

it('each call of a tenant’s jobs that waits for others is timed, by its kind', async () => {
  const timed: string[] = [];
  const calls = timedCalls('acme', {
    has: () => false,
    timed: (tenantId: string, kind: CallKind, call) => {
      timed.push(`${tenantId} ${kind}`);
      return call();
    },
  });
  const never = new Error('not asked for');
  const { hasNote, addNote } = calls.desk({
    longestExchangeMs: 0,
    settleMs: 0,
    hasNote: async () => true,
    addNote: async () => ({ kind: 'added' }),
  });
  const { complete } = calls.model({
    model: 'test',
    timeoutMs: 0,
    blocked: () => undefined,
    complete: async () => Promise.reject(never),
  });
  const { search } = calls.source({
    name: 'inventory',
    documents: () => ({ used: 0, skipped: 0 }),
    search: async () => [],
  });
  const { signal } = new AbortController();
  const ticket = ticketOf();
  const note = { mode: 'llm', html: '', text: '', citations: [], wiki: '', marker: 'm', correlationId: 'c' } as const;
  expect(await hasNote(ticket, 'm', signal)).toBe(true);
  expect(await addNote(ticket, note, 0, signal)).toEqual({ kind: 'added' });
  await expect(complete({ system: '', user: '', schema: {} }, signal)).rejects.toBe(never);
  expect(await search(ticket, signal)).toEqual([]);
  expect(timed).toEqual(['acme desk', 'acme desk', 'acme model', 'acme context']);
});

describe('the concurrency of a worker', () => {
  const slow = new Set<string>();
  const concurrencyOf = (each: number, ...taken: string[]) => {
    const concurrency = createTenantConcurrency(each, slow);
    return { concurrency, ends: taken.map((tenantId) => concurrency.taken(tenantId)) };
  };
  afterEach(() => slow.clear());

  it('ends at the limit while no tenant is slow', () => {
    const { concurrency, ends } = concurrencyOf(2, 'a', 'b');
    expect(concurrency.limit()).toBe(2);
    ends[0]?.();
    expect(concurrency.limit()).toBeGreaterThan(2);
  });

  it('leaves slow tenants as many jobs as the others, and the others none fewer', () => {
    const { concurrency } = concurrencyOf(2, 'bad', 'worse');
    slow.add('bad').add('worse');
    expect(concurrency.slowAreAtLimit()).toBe(true);
    expect(['bad', 'a'].map(concurrency.hasRoomFor)).toEqual([false, true]);
    expect(concurrency.limit()).toBeGreaterThan(2);
    concurrency.taken('a');
    concurrency.taken('a');
    expect(concurrency.limit()).toBe(4);
  });

  it('is bounded however many tenants become slow', () => {
    const { concurrency } = concurrencyOf(2);
    for (let i = 0; concurrency.limit() > i; i++) {
      concurrency.taken(`t${i}`);
      slow.add(`t${i}`);
      expect(i).toBeLessThan(8);
    }
    expect(concurrency.limit()).toBe(8);
  });

  it('counts the end of a job once', () => {
    const { concurrency, ends } = concurrencyOf(1, 'a', 'a');
    ends[0]?.();
    ends[0]?.();
    expect(concurrency.limit()).toBe(1);
  });
});

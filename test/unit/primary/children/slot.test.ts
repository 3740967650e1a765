import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '../../../../src/logging/logger.js';
import type { ChildHandle } from '../../../../src/primary/children/child-handle.js';
import type { Ending } from '../../../../src/primary/children/ending.js';
import { createSlot, type Slot } from '../../../../src/primary/children/slot.js';
import { type Configuration, configurationOf } from '../../../../src/primary/reload/child-configuration.js';

const log = createLogger({ level: 'silent', role: 'primary', slot: 0 });
const before = configurationOf({ tenants: 'before' }, {});
const after = configurationOf({ tenants: 'after' }, {});
const killed: Ending = { code: null, signal: 'SIGKILL', reason: 'crash', expected: false };

/** A child without a process. */
interface FakeChild {
  readonly handle: ChildHandle;
  readonly configuration: Configuration;
  serve(): void;
  end(ending: Ending): void;
  /** What the slot asked of it. */
  readonly orders: string[];
}

function fakeChild(configuration: Configuration): FakeChild {
  const events = { serve: (): void => undefined, end: (_ending: Ending): void => undefined };
  const orders: string[] = [];
  const handle: ChildHandle = {
    role: 'worker',
    slot: 0,
    pid: 1,
    workerId: 1,
    ageMs: 0,
    life: 'starting',
    incompatible: false,
    redisProblem: undefined,
    connected: true,
    serving: new Promise((resolve) => {
      events.serve = resolve;
    }),
    ended: new Promise((resolve) => {
      events.end = resolve;
    }),
    openTenants: () => undefined,
    drain: (deadlineMs) => void orders.push(`drain within ${deadlineMs}`),
    kill: () => undefined,
  };
  return { handle, configuration, orders, serve: () => events.serve(), end: (ending) => events.end(ending) };
}

let forked: FakeChild[];
let restarts: string[];
let slot: Slot;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  forked = [];
  restarts = [];
  slot = createSlot({
    role: 'worker',
    slot: 0,
    configuration: before,
    fork: (_place, configuration) => {
      const child = fakeChild(configuration);
      forked.push(child);
      return child.handle;
    },
    drainDeadlineMs: 30_000,
    onChildEnded: () => undefined,
    onRestart: (role, reason) => void restarts.push(`${role} ${reason}`),
    log,
  });
});

afterEach(() => void jest.useRealTimers());

const settled = () => new Promise(setImmediate);

describe('a slot', () => {
  it('restarts a child that dies at once, with the configuration for restarts, and remembers how it ended', async () => {
    slot.fill();
    slot.restartWith(after);
    expect(slot.configuration).toBe(before);
    forked[0]?.end(killed);
    await settled();
    expect(slot.configuration).toBe(after);
    jest.advanceTimersByTime(1);
    expect(forked.map(({ configuration }) => configuration)).toEqual([before, after]);
    expect(slot.child).toBe(forked[1]?.handle);
    expect({ restarts, count: slot.restarts }).toEqual({ restarts: ['worker crash'], count: 1 });
    expect(slot.lastEnding).toMatchObject(killed);
  });

  it('delays the second restart in a row', async () => {
    slot.fill();
    forked[0]?.end(killed);
    await settled();
    jest.advanceTimersByTime(1);
    forked[1]?.end(killed);
    await settled();
    jest.advanceTimersByTime(99);
    expect(forked).toHaveLength(2);
    jest.advanceTimersByTime(1);
    expect(forked).toHaveLength(3);
  });

  it('keeps its child when the successor does not start', async () => {
    slot.fill();
    const replaced = slot.replace(after);
    expect(slot.processes).toHaveLength(2);
    forked[1]?.end({ ...killed, reason: 'start_failed', message: 'the tenants are not valid' });
    expect(await replaced).toEqual({ failure: 'the tenants are not valid' });
    expect(slot.child).toBe(forked[0]?.handle);
    expect({ restarts: slot.restarts, configuration: slot.configuration }).toEqual({
      restarts: 0,
      configuration: before,
    });
  });

  it('gives its place to a successor that serves, and drains the predecessor', async () => {
    slot.fill();
    const replaced = slot.replace(after);
    forked[1]?.serve();
    await settled();
    expect(slot.child).toBe(forked[1]?.handle);
    expect(forked[0]?.orders).toEqual(['drain within 30000']);
    expect(slot.predecessors.size).toBe(1);
    forked[0]?.end({ ...killed, expected: true });
    expect(await replaced).toBeUndefined();
    expect(slot.processes).toEqual([forked[1]?.handle]);
    expect(slot.restarts).toBe(0);
  });

  it('forks no child once it is closed', async () => {
    slot.fill();
    slot.close();
    forked[0]?.end(killed);
    await settled();
    slot.fill();
    expect(await slot.replace(after)).toEqual({ failure: 'the service stops' });
    expect(forked).toHaveLength(1);
  });
});

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { BreakerOpenError, type BreakerOptions, createBreaker } from '../../../src/connectors/breaker.js';

const down = new Error('down');
const refused = new Error('refused');
const openMs = 50;
let atMs = 0;

const clock = { nowMs: () => atMs };

function breaker(options: Partial<BreakerOptions> = clock) {
  const one = createBreaker({ threshold: 3, openMs, counts: (error) => error === down, ...options });
  const failing = async (error: Error): Promise<void> => {
    throw error;
  };
  const fail = (error: Error = down) => expect(one.execute(() => failing(error))).rejects.toBe(error);
  const refuses = () => expect(one.execute(() => Promise.resolve())).rejects.toBeInstanceOf(BreakerOpenError);
  return { one, fail, refuses };
}

afterEach(() => void jest.restoreAllMocks());

describe('a breaker', () => {
  it('opens after so many failures in a row, and not before', async () => {
    const { one, fail, refuses } = breaker();
    await fail();
    await fail();
    await one.execute(() => Promise.resolve());
    await fail();
    await fail();
    await fail(refused); // neither a failure of the other side nor a sign that it works
    expect(one.openForMs()).toBe(0);
    await fail();
    expect(one.openForMs()).toBe(openMs);
    await refuses();
  });

  it('is half-open after its time: one probe passes, and closes or opens it', async () => {
    const { one, fail, refuses } = breaker();
    for (let i = 0; i < 3; i++) await fail();
    atMs += openMs - 1;
    await refuses();
    atMs += 1;
    let finish: (value: string) => void = () => undefined;
    const probe = one.execute(() => new Promise<string>((resolve) => (finish = resolve)));
    await refuses();
    finish('it works');
    expect(await probe).toBe('it works');
    expect(await one.execute(() => Promise.resolve('all go'))).toBe('all go');

    for (let i = 0; i < 3; i++) await fail();
    atMs += openMs;
    await fail();
    expect(one.openForMs()).toBe(openMs);
    await refuses();
  });

  it('stays open for twice as long after each failed probe, up to a limit', async () => {
    const { one, fail } = breaker({ ...clock, longestOpenMs: 4.5 * openMs });
    const open = async () => {
      for (let i = 0; i < 3; i++) await fail();
    };
    await open();
    const times = [one.openForMs()];
    for (let tries = 0; tries < 4; tries++) {
      atMs += one.openForMs();
      await fail();
      times.push(one.openForMs());
    }
    expect(times.map((ms) => ms / openMs)).toEqual([1, 2, 4, 4.5, 4.5]);

    atMs += one.openForMs();
    await one.execute(() => Promise.resolve());
    await open();
    expect(one.openForMs()).toBe(openMs);
  });

  it('states during a probe how long it is open if the probe fails', async () => {
    const { one, fail } = breaker({ ...clock, longestOpenMs: 60_000 });
    for (let i = 0; i < 3; i++) await fail();
    atMs += openMs;
    let finish = (): void => undefined;
    const probe = one.execute(() => new Promise<void>((resolve) => (finish = resolve)));
    atMs += 10 * openMs; // it hangs
    expect(one.openForMs()).toBe(2 * openMs);
    finish();
    await probe;
    expect(one.openForMs()).toBe(0);
  });

  it('keeps its failures when the error of a probe proves nothing', async () => {
    const { one, fail } = breaker({ ...clock, longestOpenMs: 60_000 });
    for (let i = 0; i < 3; i++) await fail();
    atMs += openMs;
    await fail(refused);
    expect(one.openForMs()).toBe(0);
    await fail();
    expect(one.openForMs()).toBe(2 * openMs);
  });

  it('closes when a call succeeds that was in progress when it opened, also during a probe', async () => {
    const { one, fail } = breaker();
    let works = (): void => undefined;
    const late = one.execute(() => new Promise<void>((resolve) => (works = resolve)));
    for (let i = 0; i < 3; i++) await fail();
    atMs += openMs;
    let finish = (): void => undefined;
    const probe = one.execute(() => new Promise<void>((resolve) => (finish = resolve)));
    works();
    await late;
    expect(one.openForMs()).toBe(0);
    finish();
    await probe;
  });

  it('does not stay open longer for calls that were in progress when it opened', async () => {
    const { one, fail } = breaker({ ...clock, longestOpenMs: 60_000 });
    let fails = (): void => undefined;
    const late = one.execute(() => new Promise<void>((_resolve, reject) => (fails = () => reject(down))));
    for (let i = 0; i < 3; i++) await fail();
    atMs += openMs / 2;
    fails();
    await expect(late).rejects.toBe(down);
    expect(one.openForMs()).toBe(openMs / 2);
  });

  it('does not stay open for an hour because the clock was set back by one', async () => {
    const { one, fail } = breaker({});
    for (let i = 0; i < 3; i++) await fail();
    const setBackMs = Date.now() - 3_600_000;
    jest.spyOn(Date, 'now').mockReturnValue(setBackMs);
    await sleep(openMs + 5);
    expect(await one.execute(() => Promise.resolve('again'))).toBe('again');
  });
});

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { BreakerOpenError, type BreakerOptions, createBreaker } from '../../../src/connectors/breaker.js';

const down = new Error('down');
const refused = new Error('refused');
const restMs = 50;
let atMs = 0;

const clock = { nowMs: () => atMs };

function breaker(options: Partial<BreakerOptions> = clock) {
  const one = createBreaker({ threshold: 3, restMs, counts: (error) => error === down, ...options });
  const failing = async (error: Error): Promise<void> => {
    throw error;
  };
  const fail = (error: Error = down) => expect(one.execute(() => failing(error))).rejects.toBe(error);
  const rests = () => expect(one.execute(() => Promise.resolve())).rejects.toBeInstanceOf(BreakerOpenError);
  return { one, fail, rests };
}

afterEach(() => void jest.restoreAllMocks());

describe('a breaker', () => {
  it('opens after so many failures in a row, and not before', async () => {
    const { one, fail, rests } = breaker();
    await fail();
    await fail();
    await one.execute(() => Promise.resolve());
    await fail();
    await fail();
    await fail(refused); // neither a failure of the other side nor a sign that it works
    expect(one.restsForMs()).toBe(0);
    await fail();
    expect(one.restsForMs()).toBe(restMs);
    await rests();
  });

  it('lets one call through after its rest, which decides', async () => {
    const { one, fail, rests } = breaker();
    for (let i = 0; i < 3; i++) await fail();
    atMs += restMs - 1;
    await rests();
    atMs += 1;
    let finish: (value: string) => void = () => undefined;
    const probe = one.execute(() => new Promise<string>((resolve) => (finish = resolve)));
    await rests();
    finish('it works');
    expect(await probe).toBe('it works');
    expect(await one.execute(() => Promise.resolve('all go'))).toBe('all go');

    for (let i = 0; i < 3; i++) await fail();
    atMs += restMs;
    await fail();
    expect(one.restsForMs()).toBe(restMs);
    await rests();
  });

  it('rests twice as long after each call that was let through in vain, up to its longest rest', async () => {
    const { one, fail } = breaker({ ...clock, longestRestMs: 4.5 * restMs });
    const open = async () => {
      for (let i = 0; i < 3; i++) await fail();
    };
    await open();
    const rests = [one.restsForMs()];
    for (let tries = 0; tries < 4; tries++) {
      atMs += one.restsForMs();
      await fail();
      rests.push(one.restsForMs());
    }
    expect(rests.map((ms) => ms / restMs)).toEqual([1, 2, 4, 4.5, 4.5]);

    atMs += one.restsForMs();
    await one.execute(() => Promise.resolve());
    await open();
    expect(one.restsForMs()).toBe(restMs);
  });

  it('says, while a call is being tried, for how long it rests if that fails', async () => {
    const { one, fail } = breaker({ ...clock, longestRestMs: 60_000 });
    for (let i = 0; i < 3; i++) await fail();
    atMs += restMs;
    let finish = (): void => undefined;
    const probe = one.execute(() => new Promise<void>((resolve) => (finish = resolve)));
    atMs += 10 * restMs; // it hangs
    expect(one.restsForMs()).toBe(2 * restMs);
    finish();
    await probe;
    expect(one.restsForMs()).toBe(0);
  });

  it('forgets nothing because a call that was let through said nothing', async () => {
    const { one, fail } = breaker({ ...clock, longestRestMs: 60_000 });
    for (let i = 0; i < 3; i++) await fail();
    atMs += restMs;
    await fail(refused);
    expect(one.restsForMs()).toBe(0);
    await fail();
    expect(one.restsForMs()).toBe(2 * restMs);
  });

  it('does not rest any more when a call works that was under way when it opened, though another is being tried', async () => {
    const { one, fail } = breaker();
    let works = (): void => undefined;
    const late = one.execute(() => new Promise<void>((resolve) => (works = resolve)));
    for (let i = 0; i < 3; i++) await fail();
    atMs += restMs;
    let finish = (): void => undefined;
    const probe = one.execute(() => new Promise<void>((resolve) => (finish = resolve)));
    works();
    await late;
    expect(one.restsForMs()).toBe(0);
    finish();
    await probe;
  });

  it('does not rest longer for calls that were under way when it opened', async () => {
    const { one, fail } = breaker({ ...clock, longestRestMs: 60_000 });
    let fails = (): void => undefined;
    const late = one.execute(() => new Promise<void>((_resolve, reject) => (fails = () => reject(down))));
    for (let i = 0; i < 3; i++) await fail();
    atMs += restMs / 2;
    fails();
    await expect(late).rejects.toBe(down);
    expect(one.restsForMs()).toBe(restMs / 2);
  });

  it('does not rest for an hour because the clock was set back by one', async () => {
    const { one, fail } = breaker({});
    for (let i = 0; i < 3; i++) await fail();
    const setBackMs = Date.now() - 3_600_000;
    jest.spyOn(Date, 'now').mockReturnValue(setBackMs);
    await sleep(restMs + 5);
    expect(await one.execute(() => Promise.resolve('again'))).toBe('again');
  });
});

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { BreakerOpenError, createBreaker } from '../../src/connectors/breaker.js';

const down = new Error('down');
const refused = new Error('refused');
const restMs = 50;
let atMs = 0;

function breaker(clock: { nowMs?: () => number } = { nowMs: () => atMs }) {
  const one = createBreaker({ threshold: 3, restMs, counts: (error) => error === down, ...clock });
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

  it('does not rest for an hour because the clock was set back by one', async () => {
    const { one, fail } = breaker({});
    for (let i = 0; i < 3; i++) await fail();
    const setBackMs = Date.now() - 3_600_000;
    jest.spyOn(Date, 'now').mockReturnValue(setBackMs);
    await sleep(restMs + 5);
    expect(await one.execute(() => Promise.resolve('again'))).toBe('again');
  });
});

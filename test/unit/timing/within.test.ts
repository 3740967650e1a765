import { describe, expect, it } from '@jest/globals';
import { within } from '../../../src/timing/within.js';

const never = new Promise<never>(() => undefined);
const aMinute = 60_000;

describe('a task that is raced against a timer', () => {
  it('gives its own value or error if it settles in time', async () => {
    await expect(within(aMinute, Promise.resolve('done'), () => 'late')).resolves.toBe('done');
    await expect(within(aMinute, Promise.reject(new Error('failed')), () => 'late')).rejects.toThrow('failed');
  });

  it('gives what the caller has for a late one, which may be an error', async () => {
    await expect(within(1, never, () => 'late')).resolves.toBe('late');
    const refuse = (): never => {
      throw new Error('too late');
    };
    await expect(within(1, never, refuse)).rejects.toThrow('too late');
  });

  it('leaves no timer behind, so that the process can exit', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    await within(aMinute, Promise.resolve(), () => undefined);
    expect(timers()).toBe(before);
  });
});

import { describe, expect, it, jest } from '@jest/globals';
import { togetherAfter } from '../../../../src/redis/jobs/suspicion.js';
import { createJobIsolation } from '../../../../src/workers/selection/job-isolation.js';
import { treatmentOf } from '../../../../src/workers/selection/suspects.js';

describe('a job whose worker disappeared', () => {
  const none = { stalls: 0, deaths: 0, deathsAlone: 0, together: undefined };
  const alone = { kind: 'alone' };
  it.each([
    ['never', none, { kind: 'usual' }],
    ['once, as the primary saw', { ...none, stalls: 1, deaths: 1, together: 3 }, { kind: 'few', most: 3 }],
    ['once, as the stalled check saw', { ...none, stalls: 1, deaths: 1 }, { kind: 'few', most: 5 }],
    ['once, and lived', { ...none, stalls: 1, together: 3 }, { kind: 'usual' }],
    ['twice', { ...none, stalls: 2, deaths: 2, together: 3 }, alone],
    ['often, alone in two that died', { ...none, stalls: 9, deaths: 5, deathsAlone: 2 }, alone],
    ['often, alone in two, and then lived', { ...none, stalls: 9, deathsAlone: 2 }, { kind: 'usual' }],
  ])('%s', (_, suspicion, treatment) => {
    expect(treatmentOf(suspicion, 5)).toEqual(treatment);
  });

  it.each([
    [
      'it was alone in three that died',
      { ...none, stalls: 3, deaths: 3, deathsAlone: 3 },
      /alone in 3 workers that died/,
    ],
    ['its lock expired fifty times', { ...none, stalls: 50 }, /lock expired 50 times/],
  ])('is refused when %s', (_, suspicion, why) => {
    expect(treatmentOf(suspicion, 5)).toEqual({ kind: 'refused', why: expect.stringMatching(why) });
  });
});

it.each([
  [1, 1],
  [2, 1],
  [3, 2],
  [20, 10],
  [40, 20],
])('of %d jobs that died together %d may be tried together', (died, together) => {
  expect(togetherAfter(died)).toBe(together);
});

describe('in one worker', () => {
  const { signal } = new AbortController();

  it('run as many suspects as the most suspect of them bears, and any number of other jobs', () => {
    const isolation = createJobIsolation(() => undefined);
    isolation.join();
    const leave = isolation.join(3);
    isolation.join(3);
    expect(isolation.join(2)).toBeUndefined();
    isolation.join();
    isolation.join(3);
    expect(isolation.join(3)).toBeUndefined();
    leave?.();
    expect(isolation.join(1)).toBeUndefined();
    expect(isolation.join(4)).toBeInstanceOf(Function);
    expect(isolation.join(4)).toBeUndefined();
    expect(isolation.takesMore()).toBe(true);
  });

  it('runs a job alone when the others have ended, and takes none meanwhile', async () => {
    const onFull = jest.fn();
    const isolation = createJobIsolation(onFull);
    const leaves = [isolation.join(), isolation.join(1)];
    const alone = isolation.joinAlone(signal);
    expect(onFull).toHaveBeenCalledTimes(1);
    expect(isolation.takesMore()).toBe(false);
    expect(isolation.join()).toBeUndefined();
    expect(isolation.join(5)).toBeUndefined();
    expect(await isolation.joinAlone(signal)).toBeUndefined();
    const runs = jest.fn();
    void alone.then(runs);
    leaves[0]?.();
    await Promise.resolve();
    expect(runs).not.toHaveBeenCalled();
    leaves[1]?.();
    const leave = await alone;
    expect(isolation.takesMore()).toBe(false);
    leave?.();
    expect(isolation.takesMore()).toBe(true);
    expect(isolation.join()).toBeInstanceOf(Function);
  });

  it('lets the waiting for the others end by an abort', async () => {
    const isolation = createJobIsolation(() => undefined);
    isolation.join();
    const controller = new AbortController();
    const alone = isolation.joinAlone(controller.signal);
    controller.abort();
    (await alone)?.();
    expect(isolation.takesMore()).toBe(true);
  });
});

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { sharedTurn } from '../../../src/cluster-metrics/primary/scraping/shared-turn.js';
import { RollingRatio } from '../../../src/cluster-metrics/primary/totals/ratio-series.js';

describe('a rolling ratio', () => {
  it('forgets what is older than its window, to within a slice', () => {
    const ratio = new RollingRatio(300, 0);
    ratio.add(1, 1, 0);
    ratio.add(0, 1, 150_000);
    expect(ratio.totals(150_000)).toEqual({ hits: 1, trials: 2 });
    expect(ratio.totals(297_000)).toEqual({ hits: 1, trials: 2 });
    expect(ratio.totals(302_000)).toEqual({ hits: 0, trials: 1 });
    expect(ratio.totals(452_000)).toEqual({ hits: 0, trials: 0 });
  });

  it('is empty after any long silence, and counts again', () => {
    const ratio = new RollingRatio(300, 5000);
    ratio.add(7, 9, 5000);
    expect(ratio.totals(1e9)).toEqual({ hits: 0, trials: 0 });
    ratio.add(1, 2, 1e9 + 1);
    expect(ratio.totals(1e9 + 2)).toEqual({ hits: 1, trials: 2 });
  });

  it('does not fall over a clock that stands still', () => {
    const ratio = new RollingRatio(10, 1000);
    ratio.add(1, 1, 1000);
    ratio.add(1, 1, 900);
    expect(ratio.totals(1000)).toEqual({ hits: 2, trials: 2 });
  });
});

describe('a shared turn', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('lets those who come during a run share the next one', async () => {
    const releases: (() => void)[] = [];
    const run = jest.fn(() => new Promise<number>((resolve) => releases.push(() => resolve(run.mock.calls.length))));
    const call = sharedTurn(run);
    const first = call();
    const [second, third] = [call(), call()];
    expect(run).toHaveBeenCalledTimes(1);
    releases[0]?.();
    expect(await first).toBe(1);
    await jest.advanceTimersByTimeAsync(100);
    releases[1]?.();
    expect(await Promise.all([second, third])).toEqual([2, 2]);
  });

  it('waits for stragglers when it had to wait anyway, but not for ever', async () => {
    let runs = 0;
    const call = sharedTurn(async () => {
      const run = ++runs;
      await new Promise((resolve) => setTimeout(resolve, 10));
      return run;
    });
    const crowd: Promise<number>[] = [];
    for (let ms = 0; ms < 100; ms++) {
      crowd.push(call());
      await jest.advanceTimersByTimeAsync(1);
    }
    await jest.advanceTimersByTimeAsync(100);
    // 10 ms of the first run and 20 of gathering; who comes later waits for the end of the second.
    const answers = await Promise.all(crowd);
    expect([0, 1, 29, 31, 59, 61].map((ms) => answers[ms])).toEqual([1, 2, 2, 3, 3, 4]);
    expect(runs).toBe(5);
  });

  it('begins at once for one who calls alone', async () => {
    let runs = 0;
    const call = sharedTurn(async () => ++runs);
    expect(await call()).toBe(1);
    expect(await call()).toBe(2);
  });

  it('gives a failure to those who asked for that run only', async () => {
    let fail = true;
    const call = sharedTurn(async () => {
      if (!fail) return 'fine';
      fail = false;
      throw new Error('once');
    });
    const first = call();
    const second = call();
    await expect(first).rejects.toThrow('once');
    await jest.advanceTimersByTimeAsync(100);
    expect(await second).toBe('fine');
  });
});

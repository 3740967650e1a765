import { expect, it, jest } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWaitBudget } from '../../../src/timing/wait-budget.js';

const late = (): Error => new Error('late');

it('is used up by one task after another', async () => {
  jest.useFakeTimers();
  try {
    const budget = createWaitBudget(1000);
    const wait = () => budget.within(new Promise((resolve) => setTimeout(() => resolve('done'), 600)), late);
    const first = wait();
    await jest.advanceTimersByTimeAsync(600);
    await expect(first).resolves.toBe('done');
    const second = expect(wait()).rejects.toThrow('late');
    await jest.advanceTimersByTimeAsync(600);
    await second;
  } finally {
    jest.useRealTimers();
  }
});

it('passes on a failure in time', async () => {
  await expect(createWaitBudget(60_000).within(Promise.reject(new Error('failed')), late)).rejects.toThrow('failed');
});

it('is not used up while the process is blocked', async () => {
  const budget = createWaitBudget(500);
  const task = budget.within(sleep(20, 'done'), late);
  const end = performance.now() + 700;
  while (performance.now() < end) continue;
  await expect(task).resolves.toBe('done');
  await expect(budget.within(sleep(50, 'next'), late)).resolves.toBe('next');
});

it('has no timer behind, so that the process can exit', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = timers();
  await createWaitBudget(60_000).within(Promise.resolve(), late);
  expect(timers()).toBe(before);
});

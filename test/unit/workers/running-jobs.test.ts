import { describe, expect, it } from '@jest/globals';
import { createRunningJobs } from '../../../src/workers/running-jobs.js';

/** An attempt that ends when it is interrupted, with the code of the reason. */
const untilInterrupted = (signal: AbortSignal) =>
  new Promise<string>((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason.code));
  });

describe('the running jobs of a worker', () => {
  it('are interrupted one by one when their locks are lost', async () => {
    const running = createRunningJobs();
    const first = running.run('d1', untilInterrupted);
    const second = running.run('d2', untilInterrupted);
    running.locksLost(['d1', 'unknown']);
    expect(await first).toBe('LOCK_LOST');
    expect(running.interruptAll()).toBe(1);
    expect(await second).toBe('DRAINED');
    expect(running.interruptAll()).toBe(0);
  });

  it('keep the second start of a job when the first ends, whose lock was lost', async () => {
    const running = createRunningJobs();
    const first = running.run('d1', untilInterrupted);
    running.locksLost(['d1']);
    const second = running.run('d1', untilInterrupted);
    expect(await first).toBe('LOCK_LOST');
    expect(running.interruptAll()).toBe(1);
    expect(await second).toBe('DRAINED');
  });

  it('are forgotten when their attempt throws', async () => {
    const running = createRunningJobs();
    await expect(running.run('d1', () => Promise.reject(new Error('why')))).rejects.toThrow('why');
    expect(running.interruptAll()).toBe(0);
  });
});

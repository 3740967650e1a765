import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LimitWindow } from '../../../src/redis/limit-window.js';
import { Rejection } from '../../../src/api/rejection.js';
import { createRateLimiter } from '../../../src/api/rate-limiter.js';
import { tenant } from '../../support/worker.js';

const acme = (requestsPerMinute: number) => tenant('acme', { limits: { requestsPerMinute, wordsPerNote: 500 } });

/** A window that grants as the script does, in one step, and whose answers come in any order. */
function simulatedWindow(scheduler: fc.Scheduler) {
  let used = 0;
  const asked: number[] = [];
  const window: LimitWindow = {
    async take(_tenantId, wanted, limit) {
      asked.push(wanted);
      await scheduler.schedule(Promise.resolve(), 'the question on its way');
      const granted = Math.max(0, Math.min(wanted, limit - used));
      used += granted;
      await scheduler.schedule(Promise.resolve(), 'the answer on its way');
      return { granted, endsInMs: 60_000 };
    },
  };
  return { window, asked };
}

const reasonOf = (error: unknown): string => (error instanceof Rejection ? error.reason : 'another error');

describe('a rate limit', () => {
  it('grants exactly the limit to a burst, however it is spread over children and time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 80 }),
        async (scheduler, limit, childOfEach) => {
          const { window } = simulatedWindow(scheduler);
          const children = Array.from({ length: 4 }, () => createRateLimiter(window));
          const outcomes = childOfEach.map(async (child, i) => {
            if (i % 3 === 0) await scheduler.schedule(Promise.resolve(), 'the request on its way');
            return children[child]?.admit(acme(limit)).then(() => 'accepted', reasonOf);
          });
          await scheduler.waitFor(Promise.all(outcomes));
          const all = await Promise.all(outcomes);
          const accepted = Math.min(limit, childOfEach.length);
          expect(all.filter((one) => one === 'accepted')).toHaveLength(accepted);
          expect(all.filter((one) => one === 'rate_limited')).toHaveLength(childOfEach.length - accepted);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('asks once for all requests that wait, and not at all while the window is used up', async () => {
    const asked: number[] = [];
    const limiter = createRateLimiter({
      async take(_tenantId, wanted, limit) {
        asked.push(wanted);
        await new Promise(setImmediate);
        return { granted: asked.length === 1 ? 1 : limit - 1, endsInMs: 60_000 };
      },
    });
    const burst = Array.from({ length: 151 }, () => limiter.admit(acme(150)).then(() => 'accepted', reasonOf));
    expect((await Promise.all(burst)).filter((one) => one === 'rate_limited')).toHaveLength(1);
    expect(asked).toEqual([1, 150]);
    await expect(limiter.admit(acme(150))).rejects.toMatchObject({
      reason: 'rate_limited',
      details: { retryAfterSeconds: 60 },
    });
    expect(asked).toHaveLength(2);
  });

  it('that cannot be asked refuses those that wait, and asks again for the next', async () => {
    let away = true;
    const limiter = createRateLimiter({
      async take(_tenantId, wanted) {
        if (away) throw new Error('Redis is away');
        return { granted: wanted, endsInMs: 60_000 };
      },
    });
    await expect(limiter.admit(acme(10))).rejects.toMatchObject({
      reason: 'queue_unavailable',
      cause: { message: 'Redis is away' },
    });
    away = false;
    await limiter.admit(acme(10));
  });
});

import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../../src/logging/logger.js';
import { createExtraSlots } from '../../src/workers/extra-slots.js';
import { createFairShare } from '../../src/workers/fair-share.js';
import { until } from '../support/service.js';

const log = createLogger({ level: 'silent', role: 'worker', slot: 0 });

describe('a fair share', () => {
  it('is what the slots come to for each tenant that has jobs here, and one at least', () => {
    const shares = createFairShare(4);
    const ends = [1, 2, 3, 4].map(() => shares.began('flood'));
    expect(shares.isDueMore('flood')).toBe(false);
    expect(shares.isDueMore('calm')).toBe(true);
    const calm = [shares.began('calm'), shares.began('calm')];
    expect(shares.isDueMore('calm')).toBe(false);
    for (const tenant of ['c', 'd', 'e', 'f']) shares.began(tenant);
    expect(shares.isDueMore('g')).toBe(true);
    expect(shares.isDueMore('c')).toBe(false);
    for (const end of [...ends, ...calm]) end();
    expect(shares.isDueMore('flood')).toBe(true);
  });
});

describe('extra slots', () => {
  /** A worker whose queue has the jobs of these tenants, in this order; each job ends when it is told to. */
  function workerWith(slots: number, waiting: string[], mayMove = () => true) {
    const began: string[] = [];
    const ends: (() => void)[] = [];
    const extra = createExtraSlots({
      slots,
      log,
      line: {
        first: async () => waiting.map((tenantId) => ({ jobId: tenantId, tenantId })),
        async moveToHead(jobId) {
          if (!mayMove()) return false;
          waiting.unshift(...waiting.splice(waiting.indexOf(jobId), 1));
          return true;
        },
      },
      async takeOneMore() {
        const tenantId = waiting.shift();
        if (tenantId === undefined) return undefined;
        began.push(tenantId);
        const ended = extra.jobBegan(tenantId);
        return async () => {
          await new Promise<void>((resolve) => ends.push(resolve));
          ended();
        };
      },
    });
    return { extra, began, ends, waiting };
  }

  it('are for tenants that hold less than their share while another holds all slots', async () => {
    const { extra, began, waiting } = workerWith(4, ['flood', 'calm', 'flood', 'calm']);
    for (let i = 0; i < 3; i++) extra.jobBegan('flood');
    expect(began).toEqual([]); // one slot is free: BullMQ itself takes the next
    extra.jobBegan('flood');
    await until('the calm tenant’s jobs have begun', () => began.length === 2);
    expect(began).toEqual(['calm', 'calm']);
    expect(waiting).toEqual(['flood', 'flood']);
  });

  it('are half as many as the slots, at most', async () => {
    const { extra, began, ends } = workerWith(4, ['a', 'b', 'c', 'd']);
    for (let i = 0; i < 4; i++) extra.jobBegan('flood');
    await until('both are taken', () => began.length === 2);
    ends[0]?.();
    await until('one more is', () => began.length === 3);
    expect(began).toEqual(['a', 'b', 'c']);
  });

  it('leave a job to the worker that has moved it to the head', async () => {
    let asked = 0;
    const { extra, began } = workerWith(2, ['a'], () => ++asked > 2);
    extra.jobBegan('flood');
    extra.jobBegan('flood');
    await until('it was refused twice', () => asked === 2);
    expect(began).toEqual([]);
    await until('it was left to us', () => began.length === 1);
  });

  it('close when the jobs in them have ended, and take no more', async () => {
    const { extra, began, ends, waiting } = workerWith(2, ['a']);
    extra.jobBegan('flood');
    extra.jobBegan('flood');
    await until('it is taken', () => began.length === 1);
    let closed = false;
    const closing = extra.close().then(() => {
      closed = true;
    });
    waiting.push('b');
    await new Promise(setImmediate);
    expect(closed).toBe(false);
    ends[0]?.();
    await closing;
    expect(began).toEqual(['a']);
  });
});

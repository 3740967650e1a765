import { describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { createLogger } from '../../../../src/logging/logger.js';
import { createLeases } from '../../../../src/primary/children/leases.js';

describe('the leases of a child that has ended', () => {
  const handle = (workerId: number) => ({ workerId });
  const log = createLogger({ level: 'silent', role: 'primary', slot: 0 });

  /** Redis is away for so many askings. */
  function start(awayFor = 0) {
    const asked: string[] = [];
    const done = new EventEmitter();
    const leases = createLeases(
      {
        async giveBack(jobId, token, died) {
          asked.push([jobId, token, ...(died === undefined ? [] : [`died with ${died}`])].join(' '));
          if (asked.length <= awayFor) throw new Error('away');
          done.emit(jobId);
          return true;
        },
        clockSetBack: async () => undefined,
        hurryMisdated: async () => 0,
        promoteDeferred: async () => 0,
      },
      log,
    );
    return { leases, asked, done };
  }

  it('are given back, by the tokens they were held under, and no others', async () => {
    const { leases, asked } = start();
    leases.started(handle(1), 'ended', 't1');
    leases.started(handle(1), 'held', 't2');
    leases.started(handle(2), 'another’s', 't3');
    leases.started(handle(1), 'held again', 't4');
    leases.started(handle(1), 'held again', 't5');
    leases.ended(handle(1), 'ended');
    leases.release(handle(1), { expected: false });
    expect(asked).toEqual(['held t2 died with 2', 'held again t5 died with 2']);
    leases.release(handle(1), { expected: false });
    expect(asked).toHaveLength(2);
  });

  it('are no suspects where the child was told to end, nor where it did not work on them any more', () => {
    const { leases, asked } = start();
    leases.started(handle(1), 'told to end', 't1');
    leases.release(handle(1), { expected: true });
    leases.started(handle(2), 'left', 't2');
    leases.started(handle(2), 'at work', 't3');
    leases.left(handle(2), 'left');
    leases.left(handle(2), 'another’s');
    leases.release(handle(2), { expected: false });
    expect(asked).toEqual(['told to end t1', 'left t2', 'at work t3 died with 1']);
  });

  it('are given back when Redis is there again', async () => {
    const { leases, asked, done } = start(2);
    leases.started(handle(1), 'held', 't');
    const givenBack = once(done, 'held');
    leases.release(handle(1), { expected: true });
    await givenBack;
    expect(asked).toEqual(['held t', 'held t', 'held t']);
  });
});

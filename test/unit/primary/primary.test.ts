import { describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import fc from 'fast-check';
import { parseFromChild, parseFromPrimary, protocolVersion } from '../../../src/ipc/protocol.js';
import { createLogger } from '../../../src/logging/logger.js';
import { restartDelayMs } from '../../../src/primary/backoff.js';
import { createLeases } from '../../../src/primary/leases.js';
import { hasBearerToken } from '../../../src/admin/token.js';
import { jobIdFor } from '../../../src/queue/job.js';

describe('the control protocol', () => {
  const hello = { type: 'te:hello', version: protocolVersion, role: 'http', slot: 0 };
  it.each([
    [hello, 'message'],
    [{ ...hello, version: 2 }, 'version-mismatch'],
    [{ ...hello, role: 'cook' }, 'unrecognised'],
    [{ type: 'te:ready' }, 'message'],
    [{ type: 'te:fatal', code: 'X', message: 'y' }, 'message'],
    [{ type: 'te:job-started', jobId: 'd1', token: 't' }, 'message'],
    [{ type: 'te:job-started', jobId: 'd1' }, 'unrecognised'],
    [{ type: 'te:job-left', jobId: 'd1' }, 'message'],
    [{ type: 'te:party' }, 'unrecognised'],
    [{ type: 'cluster-metrics:frame', sections: [] }, 'foreign'],
    [{ type: 'process:msg' }, 'foreign'],
    [{ act: 'online' }, 'foreign'],
    ['shutdown', 'foreign'],
    [undefined, 'foreign'],
  ])('of a child: %j is %s', (message, kind) => {
    expect(parseFromChild(message).kind).toBe(kind);
  });

  it.each([
    [{ type: 'te:start', version: protocolVersion, tenants: {}, redisUrl: 'unix:///x', instance: 'i' }, 'message'],
    [{ type: 'te:start', version: 9, tenants: {}, redisUrl: 'unix:///x', instance: 'i' }, 'version-mismatch'],
    [{ type: 'te:open', atMs: 5 }, 'message'],
    [{ type: 'te:open' }, 'unrecognised'],
    [{ type: 'te:drain', deadlineMs: 10 }, 'message'],
    [{ type: 'te:drain' }, 'unrecognised'],
    [{ cmd: 'NODE_CLUSTER' }, 'foreign'],
  ])('of the primary: %j is %s', (message, kind) => {
    expect(parseFromPrimary(message).kind).toBe(kind);
  });
});

it('waits longer after each failure in a row, up to a minute where a start fails, and to a second otherwise', () => {
  const failures = [1, 2, 3, 4, 5, 10, 11, 1000];
  expect(failures.map((n) => restartDelayMs(n, 'start_failed'))).toEqual([
    0, 100, 200, 400, 800, 25_600, 51_200, 60_000,
  ]);
  expect(failures.map((n) => restartDelayMs(n, 'crash'))).toEqual([0, 100, 200, 400, 800, 1000, 1000, 1000]);
});

it.each([
  ['Bearer secret', true],
  ['bearer secret', true],
  ['Bearer secre', false],
  ['Bearer secret2', false],
  ['Basic secret', false],
  ['secret', false],
  ['', false],
  [undefined, false],
])('authorization %j: %j', (authorization, expected) => {
  expect(hasBearerToken(authorization, 'secret')).toBe(expected);
});

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

describe('a job’s id', () => {
  it('is the same for the same delivery, and for no other', () => {
    const text = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(text, text, text, text, (tenantA, idA, tenantB, idB) => {
        const same = tenantA === tenantB && idA === idB;
        expect(jobIdFor(tenantA, idA) === jobIdFor(tenantB, idB)).toBe(same);
      }),
    );
    expect(jobIdFor('a', 'bc')).not.toBe(jobIdFor('ab', 'c'));
  });

  it('is never a key of the queue or a number', () => {
    for (const id of ['meta', 'active', '1', 'a:b', '']) expect(jobIdFor('acme', id)).toMatch(/^d[0-9a-f]{40}$/);
  });
});

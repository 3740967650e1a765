import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Priority, priorities } from '../../../src/intake/priority.js';
import { createFairQueueing, type FairQueueing, turnOfReturning } from '../../../src/queue/fair-queueing.js';
import { lastTurn } from '../../../src/redis/jobs/new-job.js';

/** BullMQ's order: by turn, then by arrival. */
interface Waiting {
  readonly jobId: string;
  readonly tenant: string;
  readonly turn: number;
  readonly arrival: number;
}

/** A queue that several http children feed, each with its own idea of the turns, which it renews after each job. */
function queueFedBy(children: number) {
  const fair = Array.from({ length: children }, createFairQueueing);
  const waiting: Waiting[] = [];
  let arrivals = 0;
  const sort = () => waiting.sort((a, b) => a.turn - b.turn || a.arrival - b.arrival);
  const look = (child: FairQueueing) => {
    const [first, last] = [waiting[0], waiting.at(-1)];
    const served = child.latest().filter(({ jobId }) => !waiting.some((one) => one.jobId === jobId));
    child.observe(first && last ? { first: first.turn, last: last.turn, served } : undefined);
  };
  return {
    add(tenant: string, priority: Priority = 'medium', child = 0) {
      const own = fair[child];
      if (own === undefined) throw new Error('no such child');
      look(own);
      const job = { tenantId: tenant, priority, jobId: `d${arrivals}` };
      waiting.push({ jobId: job.jobId, tenant, turn: own.turnFor(job), arrival: arrivals++ });
      own.queued(job);
      sort();
    },
    take: () => waiting.shift()?.tenant,
    /** Out of turn, as a worker does whose slots others hold. */
    takeOf: (tenant: string) =>
      waiting.splice(
        waiting.findIndex((one) => one.tenant === tenant),
        1,
      ),
    order: () => waiting.map(({ tenant }) => tenant),
    waiting,
  };
}

describe('fair queueing', () => {
  it('takes no turn from a tenant whose jobs are refused', () => {
    const fair = createFairQueueing();
    const job = (jobId: string) => ({ tenantId: 'busy', priority: 'medium' as const, jobId });
    fair.turnFor(job('accepted'));
    fair.queued(job('accepted'));
    const refused = ['d1', 'd2', 'd3'].map((id) => ({ id, turn: fair.turnFor(job(id)) }));
    for (const { id, turn } of refused.toReversed()) fair.withdrawn(job(id), turn);
    expect(fair.turnFor(job('next'))).toBe(refused[0]?.turn);
  });

  it('serves the newcomer next, however many another tenant has queued', () => {
    const queue = queueFedBy(1);
    for (let i = 0; i < 1000; i++) queue.add('flood');
    for (let i = 0; i < 300; i++) queue.take();
    queue.add('calm');
    queue.add('calm too');
    queue.add('calm');
    // Newcomers in order of arrival; what they send besides takes turns.
    expect(queue.order().slice(0, 4)).toEqual(['calm', 'calm too', 'flood', 'calm']);
  });

  it('lets tenants that are all behind take turns', () => {
    const queue = queueFedBy(1);
    for (const tenant of ['a', 'b', 'c']) for (let i = 0; i < 50; i++) queue.add(tenant);
    for (let round = 0; round < 50; round++) {
      expect(new Set([queue.take(), queue.take(), queue.take()])).toEqual(new Set(['a', 'b', 'c']));
    }
  });

  it('keeps a tenant’s own jobs in order of arrival, the urgent ones first', () => {
    const queue = queueFedBy(1);
    queue.add('a', 'low');
    queue.add('a', 'low');
    queue.add('a', 'critical');
    expect(queue.waiting.map(({ arrival }) => arrival)).toEqual([0, 2, 1]);
  });

  it('gives a tenant that calls everything critical no advantage over another', () => {
    const queue = queueFedBy(1);
    for (let i = 0; i < 100; i++) queue.add('shouts', 'critical');
    queue.add('calm', 'low');
    // Behind the first, which came when nothing else waited.
    expect(queue.order().indexOf('calm')).toBe(1);
  });

  it('forgets a backlog that is over', () => {
    const queue = queueFedBy(1);
    for (let i = 0; i < 100; i++) queue.add('a');
    while (queue.take() !== undefined);
    queue.add('a');
    expect(queue.waiting[0]?.turn).toBe(1);
  });

  it('does not hold against a tenant what it queued through a child that missed the end of the backlog', () => {
    const queue = queueFedBy(2);
    for (let i = 0; i < 1000; i++) queue.add('a', 'medium', 1);
    while (queue.take() !== undefined);
    for (let i = 0; i < 10; i++) queue.add('b', 'medium', 0);
    queue.add('a', 'medium', 1);
    expect(queue.waiting.length).toBe(11);
    expect(Math.max(...queue.waiting.map(({ turn }) => turn))).toBeLessThanOrEqual(20); // every second is even
  });

  it('does not hold a tenant to the pace of a flood that stands still, while its own jobs are served', () => {
    const queue = queueFedBy(1);
    for (let i = 0; i < 100; i++) queue.add('flood');
    for (let i = 0; i < 50; i++) {
      queue.add('calm');
      expect(queue.order().indexOf('calm')).toBeLessThanOrEqual(1);
      queue.takeOf('calm');
    }
  });

  it('knows a job that is not yet in the queue from one that has left it', () => {
    const fair = createFairQueueing();
    fair.observe({ first: 1, last: 9, served: [] });
    const job = (jobId: string) => ({ tenantId: 'flood', priority: 'low', jobId }) as const;
    const first = fair.turnFor(job('d1'));
    expect(fair.latest()).toEqual([]);
    fair.queued(job('d1'));
    expect(fair.latest()).toEqual([job('d1')]);
    const second = fair.turnFor(job('d2'));
    fair.queued(job('d1')); // its answer comes after the next one was sent
    fair.observe({ first: 1, last: 9, served: [job('d1')] });
    expect(fair.turnFor(job('d3'))).toBeGreaterThan(second);
    expect(second).toBeGreaterThan(first);
  });

  it('stays within the priorities that BullMQ takes', () => {
    const fair = createFairQueueing();
    fair.observe({ first: lastTurn, last: lastTurn, served: [] });
    const turns = ['a', 'a', 'b'].map((tenantId, i) => fair.turnFor({ tenantId, priority: 'low', jobId: `d${i}` }));
    expect(turns).toEqual([lastTurn, lastTurn, lastTurn]);
  });

  it('holds for any mixture: a tenant waits for at most four jobs of each other tenant and child', () => {
    const children = 3;
    const events = fc.array(
      fc.oneof(
        fc.record({
          flood: fc.integer({ min: 0, max: 3 }),
          urgency: fc.constantFrom(...priorities),
          child: fc.nat(children - 1),
        }),
        fc.constant('take' as const),
      ),
      { maxLength: 400 },
    );
    fc.assert(
      fc.property(events, fc.nat(children - 1), (list, child) => {
        const queue = queueFedBy(children);
        for (const event of list) {
          if (event === 'take') queue.take();
          else queue.add(`flood-${event.flood}`, event.urgency, event.child);
        }
        queue.add('calm', 'low', child);
        const ahead = queue.order().indexOf('calm');
        expect(ahead).toBeLessThanOrEqual(4 * 4 * children);
        for (const flood of [0, 1, 2, 3]) {
          const before = queue.order().slice(0, ahead);
          expect(before.filter((tenant) => tenant === `flood-${flood}`).length).toBeLessThanOrEqual(4 * children);
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('a deferred job comes back behind the next job of a tenant that has nothing waiting, wherever it stood', () => {
  for (const waitingTurns of [1, 2, 3, 4]) {
    const back = turnOfReturning(waitingTurns);
    expect([back >= waitingTurns, turnOfReturning(back)]).toEqual([true, back]);
    const fair = createFairQueueing();
    fair.observe({ first: back, last: back, served: [] });
    expect(fair.turnFor({ tenantId: 'quiet', priority: 'low', jobId: 'd1' })).toBeLessThan(back);
  }
});

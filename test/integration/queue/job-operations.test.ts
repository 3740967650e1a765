import { beforeEach, describe, expect, it } from '@jest/globals';
import { createJobOperations } from '../../../src/queue/job-operations.js';
import { queueOfFile, redisOfFile } from '../../support/of-file.js';
import { deskOfTest } from '../../support/of-test.js';
import { deskTenant, type RunningWorker, startWorker, tenant, tenantsOf, ticketJob } from '../../support/worker.js';

const redis = redisOfFile();
const operations = createJobOperations(queueOfFile(redis));
const desk = deskOfTest();
let running: RunningWorker;
beforeEach(async () => {
  await redis.client.flushall();
  running = await startWorker(redis, tenantsOf(deskTenant(desk), tenant('globex')));
});

const refused = { kind: 'error', status: 404 } as const;
const broken = { kind: 'error', status: 412 } as const;

/** Fails for good with its first attempt. */
async function failOnce(ticketId: string): Promise<string> {
  desk.failNext([refused]);
  const jobId = await running.run(ticketJob({ ticketId, acceptedAtMs: Date.now() - 3_600_000 }), { attempts: 2 });
  expect((await running.queue.getJob(jobId))?.failedReason).toMatch(/^DESK_REJECTED/);
  return jobId;
}

describe('a job that failed for good', () => {
  it('is retried with all its attempts, as a run of its own that is measured from the retry', async () => {
    const jobId = await failOnce('R1');
    desk.failNext([broken]);
    expect(await operations.retry(jobId)).toBe('retried');
    await running.ended(jobId);
    expect((await operations.find(jobId))?.state).toBe('completed');
    expect(desk.notes('R1')).toHaveLength(1);
    const again = { tenantId: 'acme', jobId: `${jobId}:1` };
    expect(running.events.runAgain).toEqual([again, again]); // said by each attempt, counted once by its key
    expect(running.events.attemptFailed).toEqual([{ tenantId: 'acme', jobId: `${jobId}:1`, attempt: 1 }]);
    const [first, second] = running.events.finished;
    expect(first).toMatchObject({ jobId, outcome: 'failure' });
    expect(first?.seconds).toBeGreaterThan(3600);
    expect(second).toMatchObject({ jobId: `${jobId}:1`, outcome: 'success' });
    expect(second?.seconds).toBeLessThan(60);
  });

  it('begins a new run as well when another tool retries it, again and again', async () => {
    const jobId = await failOnce('R2');
    for (const run of [1, 2]) {
      desk.failNext([refused]);
      await (await running.queue.getJob(jobId))?.retry('failed');
      await running.ended(jobId);
      expect(running.events.finished.at(-1)).toMatchObject({ jobId: `${jobId}:${run}`, outcome: 'failure' });
    }
    expect(await operations.retry(jobId)).toBe('retried');
    await running.ended(jobId, ['completed']);
    expect(running.events.finished.map((end) => end.jobId)).toEqual([
      jobId,
      ...[1, 2, 3].map((run) => `${jobId}:${run}`),
    ]);
    expect(await operations.find(jobId)).toMatchObject({ timesRunAgain: 3, state: 'completed' });
  });

  it('stays in its run when a worker dies after it had said so and before Redis knew', async () => {
    const jobId = await failOnce('R3');
    // As it was then: the run's end is written down, the attempt not yet counted.
    await (await running.queue.getJob(jobId))?.retry('failed', { resetAttemptsMade: true });
    await running.ended(jobId, ['completed']);
    expect(running.events.runAgain).toEqual([]);
    expect(running.events.finished.map((end) => end.jobId)).toEqual([jobId, jobId]); // one key: counted once
  });

  it('is tried again although it had ended three workers, whichever tool retries it', async () => {
    await running.queue.pause();
    const jobId = await running.add(ticketJob({ ticketId: 'R4' }), { attempts: 4 });
    await redis.client.hset(`enhancement:queue:${jobId}`, { stc: 3, 'alone:t1': 1, 'alone:t2': 1, 'alone:t3': 1 });
    await running.queue.resume();
    expect(await running.ended(jobId)).toBe('failed');
    await (await running.queue.getJob(jobId))?.retry('failed');
    expect(await running.ended(jobId, ['completed'])).toBe('completed');
    expect(running.events.finished.map(({ jobId: id, outcome }) => `${id} ${outcome}`)).toEqual([
      `${jobId} failure`,
      `${jobId}:1 success`,
    ]);
  });

  it('is found by tenant, newest first', async () => {
    const first = await failOnce('F1');
    const second = await failOnce('F2');
    const ids = async (options: { limit: number; tenantId?: string }) =>
      (await operations.failed(options)).map(({ id }) => id);
    expect(await ids({ limit: 10 })).toEqual([second, first]);
    expect(await ids({ limit: 1, tenantId: 'acme' })).toEqual([second]);
    expect(await ids({ limit: 10, tenantId: 'globex' })).toEqual([]);
  });
});

describe('failed jobs', () => {
  it('have a reason as soon as they are seen to have failed', async () => {
    desk.failNext(Array.from({ length: 30 }, () => refused));
    const seen = Array.from({ length: 30 }, async (_, i) => {
      const jobId = await running.add(ticketJob({ ticketId: `R-${i}` }), { attempts: 1 });
      for (;;) {
        const found = await operations.find(jobId);
        if (found?.state === 'failed') return found.reason;
      }
    });
    for (const reason of await Promise.all(seen)) expect(reason).toMatch(/^DESK_REJECTED/);
  });

  it('are each found once, also behind a thousand that have vanished', async () => {
    const idOf = (i: number) => `d${String(i).padStart(40, '0')}`;
    const all = Array.from({ length: 1500 }, (_, i) => idOf(i)); // the latest last
    await redis.client.zadd('enhancement:queue:failed', ...all.flatMap((id, i) => [i + 1, id]));
    const there = all.slice(0, 300); // and 1200 whose job is gone
    const job = {
      name: 'enhance',
      data: JSON.stringify({ tenantId: 'acme' }),
      opts: '{}',
      timestamp: 1,
      failedReason: 'x',
    };
    await Promise.all(there.map((id) => redis.client.hset(`enhancement:queue:${id}`, job)));
    const found = await operations.failed({ limit: 1000 });
    expect(found.map(({ id }) => id)).toEqual(there.reverse());
  });
});

describe('a job that did not fail', () => {
  it('is left alone', async () => {
    const jobId = await running.run(ticketJob({ ticketId: 'S1' }));
    expect(await operations.retry(jobId)).toEqual({ state: 'completed' });
    expect(await operations.retry('meta')).toBe('not-found');
    expect(await operations.find('d'.padEnd(41, '0'))).toBeUndefined();
  });

  it('says when it is tried next', async () => {
    const jobId = 'd'.padEnd(41, '1');
    const { timestamp } = await running.queue.add('enhance', ticketJob(), { jobId, delay: 3_600_000 });
    const found = await operations.find(jobId);
    expect(found?.state).toBe('delayed');
    expect(found?.nextAttemptAt).toBe(new Date(timestamp + 3_600_000).toISOString());
  });
});

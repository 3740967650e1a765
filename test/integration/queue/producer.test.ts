import { beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueueUnavailableError } from '../../../src/redis/queue-unavailable.js';
import { addJob, type NewJob } from '../../../src/redis/jobs/new-job.js';
import { createProducer, type EnhancementProducer } from '../../../src/queue/producer.js';
import { redisOfTest } from '../../support/of-test.js';
import { afterTest } from '../../support/opened.js';
import { jobWith, untilQueued } from '../../support/queued-jobs.js';

/** How long a promise takes to fail, in milliseconds, and with what. */
async function failure(task: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const start = performance.now();
  const error: unknown = await task.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, ms: performance.now() - start };
}

describe('the producer', () => {
  const redis = redisOfTest();
  let producer: EnhancementProducer;
  beforeEach(async () => {
    producer = createProducer({ redisUrl: redis.url, attempts: 4 });
    afterTest(() => producer.close());
    await untilQueued(producer, 'first');
  });

  it('knows whose delivery made the job', async () => {
    const queued = { kind: 'queued', correlationId: 'c-a' };
    expect(await producer.enqueue('d1', jobWith('a'))).toEqual({ ...queued, duplicate: false });
    expect(await producer.enqueue('d1', jobWith('b'))).toEqual({ ...queued, duplicate: true });
    expect(await producer.enqueue('d1', jobWith('a'))).toEqual({ ...queued, duplicate: false });
  });

  it('queues exactly as many as the limit allows, repeated deliveries included, and nothing above it', async () => {
    const other = createProducer({ redisUrl: redis.url, attempts: 4 });
    await untilQueued(other, 'second');
    const { client } = redis;
    const ids = Array.from({ length: 60 }, (_, i) => `d${i % 40}`);
    const outcomes = await Promise.all(
      ids.map((id, i) => (i % 2 === 0 ? producer : other).enqueue(id, { ...jobWith(`n${i}`), tenantId: 'busy' }, 50)),
    );
    const accepted = outcomes.filter(({ kind }) => kind === 'queued');
    expect(accepted).toHaveLength(50);
    for (const outcome of outcomes) {
      if (outcome.kind === 'over_limit') expect(outcome.endsInMs).toBeGreaterThan(0);
    }
    const first = accepted.filter((outcome) => outcome.kind === 'queued' && !outcome.duplicate).length;
    expect(await client.zcard('enhancement:queue:prioritized')).toBe(first + 2);
    expect(await client.get('enhancement:limit:busy')).toBe('50');
    other.close();
  });

  it('does not queue by what it saw of a backlog that ended while nothing came in', async () => {
    const { client } = redis;
    const order = () => client.zrange('enhancement:queue:prioritized', 0, '-1');
    for (let i = 0; i < 50; i++) await producer.enqueue(`before-${i}`, jobWith('flood'));
    await client.flushall(); // all is done
    await sleep(100); // longer than a producer trusts what it saw
    const other = createProducer({ redisUrl: redis.url, attempts: 4 });
    await untilQueued(other, 'now-0');
    for (let i = 1; i < 20; i++) await other.enqueue(`now-${i}`, jobWith('flood'));
    await Promise.all(['a', 'b'].map((id) => producer.enqueue(id, { ...jobWith('single'), tenantId: id })));
    expect((await order()).slice(0, 3).sort()).toEqual(['a', 'b', 'now-0']);
    other.close();
  });

  it('fails promptly while Redis is frozen, and recovers', async () => {
    process.kill(redis.pid, 'SIGSTOP');
    const { error, ms } = await failure(producer.enqueue('d2', jobWith('a')));
    process.kill(redis.pid, 'SIGCONT');
    expect(error).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    expect(ms).toBeLessThan(1500);
    expect(await untilQueued(producer, 'd3')).toBeLessThan(1000);
  });

  it('queues each job once while its connection is closed again and again, those too that are on their way', async () => {
    const { client } = redis;
    const queued: Promise<unknown>[] = [];
    for (let round = 0; round < 10; round++) {
      queued.push(...['before', 'during'].map((when) => producer.enqueue(`${when}-${round}`, jobWith('a'), 1000)));
      await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      queued.push(producer.enqueue(`after-${round}`, jobWith('a'), 1000));
      await Promise.all(queued);
    }
    expect(await Promise.all(queued)).toEqual(
      Array(30).fill(expect.objectContaining({ kind: 'queued', duplicate: false })),
    );
    expect(await client.zcard('enhancement:queue:prioritized')).toBe(31);
  });

  it('counts a job once against its limit though its reply is lost, and queues it though it was the last that is allowed', async () => {
    const { client } = redis;
    const job: NewJob = {
      id: 'd9',
      data: jobWith('a'),
      turn: 1,
      attempts: 3,
      keepCompleted: { seconds: 60, count: 9 },
    };
    const limit = { tenantId: 'a', requests: 1 };
    expect(await addJob(client, job, { limit })).toEqual({ kind: 'added' });
    expect(await addJob(client, job, { limit, isRepeat: true })).toMatchObject({ kind: 'present' });
    expect(await addJob(client, job, { limit })).toMatchObject({ kind: 'over_limit' });
    expect(await addJob(client, { ...job, id: 'd10' }, { limit, isRepeat: true })).toMatchObject({
      kind: 'over_limit',
    });
  });

  it('fails at once when Redis is gone', async () => {
    await redis.stop();
    const { error, ms } = await failure(producer.enqueue('d2', jobWith('a')));
    expect(error).toBeInstanceOf(QueueUnavailableError);
    expect(ms).toBeLessThan(1200);
  });

  it.each([
    ['out of memory', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    ['read-only', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
  ])('fails when Redis is %s, and recovers', async (_state, breakIt, repairIt) => {
    const { client } = redis;
    const [command = '', ...args] = breakIt;
    await client.call(command, ...args);
    const { error } = await failure(producer.enqueue('d4', jobWith('a')));
    expect(error).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    const [repair = '', ...rest] = repairIt;
    await client.call(repair, ...rest);
    expect(await untilQueued(producer, 'd5')).toBeLessThan(1000);
  });

  it('fails at once when Redis was never there', async () => {
    const lonely = createProducer({ redisUrl: 'unix:///nowhere/redis.sock', attempts: 4 });
    const { error, ms } = await failure(lonely.enqueue('d1', jobWith('a')));
    expect(error).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    expect(ms).toBeLessThan(1200);
    lonely.close();
  });
});

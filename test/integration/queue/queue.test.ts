import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createQueueWatcher } from '../../../src/primary/queue-watcher.js';
import { QueueUnavailableError } from '../../../src/redis/queue-unavailable.js';
import type { EnhancementJob } from '../../../src/queue/job.js';
import { createProducer, type EnhancementProducer } from '../../../src/queue/producer.js';
import { openFailFastQueue } from '../../../src/redis/fail-fast-queue.js';
import { createQueueReader } from '../../../src/queue/queue-reader.js';
import { startEmbedded } from '../../support/embedded-redis.js';
import { startRedis, type TestRedis } from '../../support/redis.js';
import { processExists, until } from '../../support/service.js';

function job(nonce: string): EnhancementJob {
  return {
    version: 1,
    tenantId: 'acme',
    ticketId: 'T-1',
    subject: '',
    description: 'x',
    priority: 'medium',
    createdAt: '2026-01-01T00:00:00Z',
    correlationId: `c-${nonce}`,
    acceptedAtMs: Date.now(),
    nonce,
  };
}

/** How long a promise takes to fail, in milliseconds, and with what. */
async function failure(task: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const start = performance.now();
  const error: unknown = await task.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, ms: performance.now() - start };
}

async function recovered(producer: EnhancementProducer, id: string): Promise<number> {
  const start = performance.now();
  await until('the queue is back', () =>
    producer.enqueue(id, job(id)).then(
      () => true,
      () => false,
    ),
  );
  return performance.now() - start;
}

describe('the producer', () => {
  let redis: TestRedis;
  let producer: EnhancementProducer;

  beforeEach(async () => {
    redis = await startRedis();
    producer = createProducer({ redisUrl: redis.url, attempts: 4 });
    await recovered(producer, 'first');
  });

  afterEach(async () => {
    await producer.close();
    await redis.stop();
  });

  it('knows whose delivery made the job', async () => {
    const queued = { kind: 'queued', correlationId: 'c-a' };
    expect(await producer.enqueue('d1', job('a'))).toEqual({ ...queued, duplicate: false });
    expect(await producer.enqueue('d1', job('b'))).toEqual({ ...queued, duplicate: true });
    expect(await producer.enqueue('d1', job('a'))).toEqual({ ...queued, duplicate: false });
  });

  it('queues exactly as many as the limit allows, repeated deliveries included, and nothing above it', async () => {
    const other = createProducer({ redisUrl: redis.url, attempts: 4 });
    await recovered(other, 'second');
    const client = new Redis({ path: redis.socketPath, disconnectTimeout: 50 });
    const ids = Array.from({ length: 60 }, (_, i) => `d${i % 40}`);
    const outcomes = await Promise.all(
      ids.map((id, i) => (i % 2 === 0 ? producer : other).enqueue(id, { ...job(`n${i}`), tenantId: 'busy' }, 50)),
    );
    const accepted = outcomes.filter(({ kind }) => kind === 'queued');
    expect(accepted).toHaveLength(50);
    for (const outcome of outcomes) {
      if (outcome.kind === 'over_limit') expect(outcome.endsInMs).toBeGreaterThan(0);
    }
    const first = accepted.filter((outcome) => outcome.kind === 'queued' && !outcome.duplicate).length;
    expect(await client.zcard('enhancement:queue:prioritized')).toBe(first + 2);
    expect(await client.get('enhancement:limit:busy')).toBe('50');
    client.disconnect();
    await other.close();
  });

  it('does not queue by what it saw of a backlog that ended while nothing came in', async () => {
    const client = new Redis({ path: redis.socketPath, disconnectTimeout: 50 });
    const order = () => client.zrange('enhancement:queue:prioritized', 0, '-1');
    for (let i = 0; i < 50; i++) await producer.enqueue(`before-${i}`, job('flood'));
    await client.flushall(); // all is done
    await sleep(1100); // as long as a producer trusts what it saw
    const other = createProducer({ redisUrl: redis.url, attempts: 4 });
    await recovered(other, 'now-0');
    for (let i = 1; i < 20; i++) await other.enqueue(`now-${i}`, job('flood'));
    await Promise.all(['a', 'b'].map((id) => producer.enqueue(id, { ...job('single'), tenantId: id })));
    expect((await order()).slice(0, 3).sort()).toEqual(['a', 'b', 'now-0']);
    client.disconnect();
    await other.close();
  });

  it('fails promptly while Redis is frozen, and recovers', async () => {
    process.kill(redis.pid, 'SIGSTOP');
    const { error, ms } = await failure(producer.enqueue('d2', job('a')));
    process.kill(redis.pid, 'SIGCONT');
    expect(error).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    expect(ms).toBeLessThan(1500);
    expect(await recovered(producer, 'd3')).toBeLessThan(1000);
  });

  it('fails at once when Redis is gone', async () => {
    await redis.stop();
    const { error, ms } = await failure(producer.enqueue('d2', job('a')));
    expect(error).toBeInstanceOf(QueueUnavailableError);
    expect(ms).toBeLessThan(1200);
  });

  it.each([
    ['out of memory', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    ['read-only', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
  ])('fails when Redis is %s, and recovers', async (_state, breakIt, repairIt) => {
    const client = new Redis({ path: redis.socketPath, disconnectTimeout: 50 });
    const [command = '', ...args] = breakIt;
    await client.call(command, ...args);
    const { error } = await failure(producer.enqueue('d4', job('a')));
    expect(error).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    const [repair = '', ...rest] = repairIt;
    await client.call(repair, ...rest);
    client.disconnect();
    expect(await recovered(producer, 'd5')).toBeLessThan(1000);
  });

  it('fails at once when Redis was never there', async () => {
    const lonely = createProducer({ redisUrl: 'unix:///nowhere/redis.sock', attempts: 4 });
    const { error, ms } = await failure(lonely.enqueue('d1', job('a')));
    expect(error).toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    expect(ms).toBeLessThan(1200);
    await lonely.close();
  });
});

describe('the queue watcher', () => {
  it('gives the last figure while Redis is away for a moment, and says why', async () => {
    const redis = await startRedis();
    const failFastQueue = openFailFastQueue(redis.url);
    const watcher = createQueueWatcher(createQueueReader(failFastQueue));
    await until('it was read', async () => (await watcher.current()) !== undefined);
    expect(watcher.problem).toBeUndefined();
    process.kill(redis.pid, 'SIGSTOP');
    expect(await watcher.current()).toMatchObject({ counts: { waiting: 0 }, oldestJobAgeSeconds: 0 });
    expect(watcher.problem).toBeUndefined(); // so it did not wait for Redis to have failed
    await until('the problem is known', () => watcher.problem !== undefined);
    process.kill(redis.pid, 'SIGCONT');
    watcher.stop();
    await failFastQueue.close();
    await redis.stop();
  });
});

describe('the embedded Redis', () => {
  it('keeps what was acknowledged when it is killed, and comes back by itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'te-embedded-'));
    const embedded = await startEmbedded(folder);
    const producer = createProducer({ redisUrl: embedded.url, attempts: 4 });
    await recovered(producer, 'd0');
    const client = new Redis({ path: embedded.url.slice('unix://'.length), disconnectTimeout: 50 });
    client.on('error', () => undefined);
    for (let round = 1; round <= 3; round++) {
      await producer.enqueue(`d${round}`, job(String(round)));
      const pid = Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
      process.kill(pid, 'SIGKILL');
      await until('the killed one is gone', () => !processExists(pid));
      await recovered(producer, `d${round}`);
      expect(await producer.enqueue(`d${round}`, job('again'))).toMatchObject({ duplicate: true });
    }
    client.disconnect();
    await producer.close();
    await embedded.stop();
    expect(readFileSync(join(folder, 'redis.log'), 'utf8')).toContain('Redis');
    rmSync(folder, { recursive: true, force: true });
  });

  it('refuses a second one on the same folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'te-embedded-'));
    const embedded = await startEmbedded(folder);
    await expect(startEmbedded(folder)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await embedded.stop();
    const again = await startEmbedded(folder);
    await again.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes its folder with the parents, for this user alone', async () => {
    const root = mkdtempSync(join(tmpdir(), 'te-embedded-'));
    const folder = join(root, 'var', 'data');
    const embedded = await startEmbedded(folder);
    await embedded.stop();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    rmSync(root, { recursive: true, force: true });
  });

  it('says so where its folder cannot be made', async () => {
    // Linux takes no folder there, and says that its parent is missing.
    await expect(startEmbedded('/proc/ticket-enhancer/data')).rejects.toMatchObject({
      code: 'DATA_DIR_UNUSABLE',
      message: expect.stringMatching(
        /^DATA_DIR \/proc\/ticket-enhancer\/data cannot be used \(.+\)\. Set it to a folder/,
      ),
    });
  });

  it('finds a place for its socket when the folder’s path is too long for one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'te-embedded-'));
    const embedded = await startEmbedded(join(folder, 'x'.repeat(100)));
    expect(embedded.url.length).toBeLessThan(110);
    await embedded.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});

it('is read without the text of the jobs that wait, and knows the age of the oldest', async () => {
  const own = await startRedis();
  const producer = createProducer({ redisUrl: own.url, attempts: 1 });
  const failFastQueue = openFailFastQueue(own.url);
  const client = new Redis(own.url);
  try {
    await Promise.all([producer.ready(5000), failFastQueue.ready(5000)]);
    for (let i = 0; i < 20; i++) {
      await producer.enqueue(`d${i}`, { ...job(`${i}`), description: 'x'.repeat(100_000) });
    }
    await client.hset('enhancement:queue:d7', 'timestamp', Date.now() - 60_000);
    const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(await client.info('stats'))?.[1]);
    const before = await sent();
    const { oldestJobAgeSeconds } = await createQueueReader(failFastQueue).read();
    expect(oldestJobAgeSeconds).toBeGreaterThanOrEqual(60);
    expect(oldestJobAgeSeconds).toBeLessThan(120);
    expect((await sent()) - before).toBeLessThan(100_000);
  } finally {
    client.disconnect();
    await Promise.all([producer.close(), failFastQueue.close()]);
    await own.stop();
  }
});

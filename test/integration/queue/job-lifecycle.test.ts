import { beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Worker } from 'bullmq';
import { jobIdFor } from '../../../src/queue/job.js';
import { createJobOperations } from '../../../src/queue/job-operations.js';
import { createJobRecovery } from '../../../src/queue/job-recovery.js';
import { createProducer } from '../../../src/queue/producer.js';
import { queuePrefix } from '../../../src/redis/key-prefix.js';
import { queueName } from '../../../src/redis/keys.js';
import type { Decision } from '../../../src/workers/attempt/decision.js';
import { queueOfFile, redisOfFile } from '../../support/of-file.js';
import { deskOfTest } from '../../support/of-test.js';
import { afterTest } from '../../support/opened.js';
import { until } from '../../support/service.js';
import { deskTenant, type RunningWorker, startWorker, tenantsOf, ticketJob } from '../../support/worker.js';

/** Each arrow of the state diagram in docs/job-lifecycle.md is walked by the service's own code. */

const page = readFileSync('docs/job-lifecycle.md', 'utf8');
const diagram = /```mermaid\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
const arrows = [...diagram.matchAll(/^ {2}(\S+) --> (\S+): (.+)$/gm)].map(([, from = '', to = '', label = '']) => ({
  from,
  to,
  label,
}));
const table = page.split(/^\| transition /m)[1]?.split('\n## ')[0] ?? '';
const tableRows = [...table.matchAll(/^\| ([a-z0-9 ]+) \| .* \| .* \|$/gm)].map(([, label = '']) => label);

/** Which arrow each decision of a worker is. Abandoned, a job stays as it is. */
const arrowOfDecision: Readonly<Record<Decision['kind'], string | undefined>> = {
  'give-back': 'given back',
  abandon: undefined,
  defer: 'deferred',
  retry: 'retry',
  fail: 'failure',
};

const redis = redisOfFile();
const queue = queueOfFile(redis);
const desk = deskOfTest();
let running: RunningWorker;
beforeEach(async () => {
  await redis.client.flushall();
  running = await startWorker(redis, tenantsOf(deskTenant(desk)));
  afterTest(() => running.stop(50));
});

const stateOf = (jobId: string) => running.queue.getJobState(jobId);
const add = (ticketId = 'T-1', attempts = 2) => running.add(ticketJob({ ticketId }), { attempts, priority: 1 });
const active = async (jobId: string): Promise<void> => void (await running.ended(jobId, ['active']));
const tokenOf = async (jobId: string) => (await redis.client.get(`enhancement:queue:${jobId}:lock`)) ?? '';

/** A job that is active, and stays so. */
async function held(): Promise<string> {
  desk.failNext([{ kind: 'no-answer' }], 'GET');
  const jobId = await add();
  await active(jobId);
  await until('the desk is asked', () => desk.requests.length === 1);
  return jobId;
}

async function failing(status: number, attempts: number, code?: number): Promise<string> {
  desk.failNext([{ kind: 'error', status, ...(code === undefined ? {} : { code }) }], 'GET');
  return add('T-1', attempts);
}

interface Walk {
  readonly jobId: string;
  /** Where the arrow begins, seen; undefined: the job was active, as the arrow's name implies. */
  readonly before?: string;
}

/** A job that came in as a webhook's does, and that no worker takes. */
async function enqueued(): Promise<string> {
  await running.queue.pause();
  const producer = createProducer({ redisUrl: redis.url, attempts: 2 });
  await producer.ready(5000);
  const jobId = jobIdFor('acme', 'delivery');
  await producer.enqueue(jobId, ticketJob());
  producer.close();
  return jobId;
}

const walks: Readonly<Record<string, () => Promise<Walk>>> = {
  async queued() {
    const jobId = await enqueued();
    return { jobId, before: '[*]' };
  },
  async 'taken from prioritized'() {
    await running.queue.pause();
    const jobId = await add();
    const before = await stateOf(jobId);
    desk.failNext([{ kind: 'no-answer' }], 'GET');
    await running.queue.resume();
    await active(jobId);
    return { jobId, before };
  },
  async 'taken from waiting'() {
    await running.queue.pause();
    const jobId = await running.add(ticketJob());
    const before = await stateOf(jobId);
    desk.failNext([{ kind: 'no-answer' }], 'GET');
    await running.queue.resume();
    await active(jobId);
    return { jobId, before };
  },
  async due() {
    const jobId = await failing(503, 2);
    await running.ended(jobId, ['delayed']);
    await running.queue.pause();
    const before = await stateOf(jobId);
    expect(await createJobRecovery(queue).promoteDeferred()).toBe(1);
    return { jobId, before };
  },
  async success() {
    const jobId = await add();
    await running.ended(jobId);
    return { jobId };
  },
  async failure() {
    const jobId = await failing(412, 1);
    await running.ended(jobId);
    return { jobId };
  },
  async retry() {
    desk.failNext([{ kind: 'error', status: 412 }], 'GET');
    const jobId = await running.add(ticketJob(), {
      attempts: 2,
      priority: 1,
      backoff: { type: 'fixed', delay: 60_000 },
    });
    await running.ended(jobId, ['delayed', 'completed', 'failed']);
    expect(await running.queue.getJob(jobId)).toMatchObject({ attemptsMade: 1 });
    return { jobId };
  },
  async deferred() {
    const jobId = await failing(503, 2);
    await running.ended(jobId, ['delayed', 'completed', 'failed']);
    expect(await running.queue.getJob(jobId)).toMatchObject({ attemptsMade: 0 });
    return { jobId };
  },
  async 'no room'() {
    await running.queue.pause();
    desk.failNext([{ kind: 'no-answer' }], 'GET');
    const [first, second] = [await add('T-1'), await add('T-2')];
    for (const id of [first, second]) await redis.client.hset(`enhancement:queue:${id}`, { stc: 1, together: 1 });
    await running.queue.resume();
    let waiting: string | undefined;
    await until('one of them waits', async () => {
      for (const id of [first, second]) if ((await stateOf(id)) === 'delayed') waiting = id;
      return waiting !== undefined;
    });
    await running.queue.pause();
    await until('it waits still', async () => (await stateOf(waiting ?? '')) === 'delayed');
    return { jobId: waiting ?? '' };
  },
  async 'given back'() {
    const jobId = await held();
    await running.drain(50);
    return { jobId };
  },
  async 'first death'() {
    const jobId = await held();
    await running.queue.pause();
    expect(await createJobRecovery(queue).giveBack(jobId, await tokenOf(jobId), 3)).toBe(true);
    return { jobId };
  },
  async 'next death'() {
    const jobId = await held();
    await redis.client.hset(`enhancement:queue:${jobId}`, 'stc', 4);
    await running.queue.pause();
    expect(await createJobRecovery(queue).giveBack(jobId, await tokenOf(jobId), 3)).toBe(true);
    return { jobId };
  },
  async stalled() {
    const jobId = await held();
    await running.queue.pause();
    await redis.client.del(`enhancement:queue:${jobId}:lock`);
    const options = { prefix: queuePrefix, connection: redis.client, autorun: false, stalledInterval: 100 };
    const other = new Worker(queueName, null, { ...options, maxStalledCount: Number.MAX_SAFE_INTEGER });
    await other.startStalledCheckTimer();
    await until('the check has found it', async () => (await stateOf(jobId)) !== 'active');
    await other.close();
    return { jobId };
  },
  async 'run again'() {
    const jobId = await failing(412, 1);
    await running.ended(jobId);
    const before = await stateOf(jobId);
    await running.queue.pause();
    expect(await createJobOperations(queue).retry(jobId)).toBe('retried');
    return { jobId, before };
  },
  async '72 hours'() {
    const jobId = await enqueued();
    expect((await running.queue.getJob(jobId))?.opts.removeOnComplete).toMatchObject({ age: 72 * 3600 });
    return { jobId, before: 'completed' };
  },
};

describe('docs/job-lifecycle.md', () => {
  it('has a row for each arrow of its diagram, and no other', () => {
    expect([...new Set(arrows.map(({ label }) => label))].sort()).toEqual([...new Set(tableRows)].sort());
  });

  it('has an arrow for each decision that moves a job', () => {
    const labels = Object.values(arrowOfDecision).filter((label) => label !== undefined);
    expect(arrows.map(({ label }) => label)).toEqual(expect.arrayContaining(labels));
  });

  it.each(arrows)('is right that $label leads from $from to $to', async ({ from, to, label }) => {
    const walk = walks[label] ?? walks[`${label} from ${from}`];
    if (walk === undefined) throw new Error(`nothing walks the arrow ${label}`);
    const { jobId, before = 'active' } = await walk();
    expect(before).toBe(from);
    if (to !== '[*]') expect(await stateOf(jobId)).toBe(to);
  });
});

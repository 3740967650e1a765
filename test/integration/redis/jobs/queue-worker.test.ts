import { beforeEach, expect, it } from '@jest/globals';
import { patientConnection, type RedisClient } from '../../../../src/redis/connection.js';
import type { JobEnd } from '../../../../src/redis/jobs/job-end.js';
import { createQueueWorker } from '../../../../src/redis/jobs/queue-worker.js';
import { probeWrite } from '../../../../src/redis/write-probe.js';
import { bullQueue, redisOfTest } from '../../../support/of-test.js';
import { afterTest } from '../../../support/opened.js';
import { until } from '../../../support/service.js';

const redis = redisOfTest();
let clients: RedisClient[];
beforeEach(() => {
  clients = [1, 2, 3].map(() => patientConnection(redis.url));
  afterTest(() => clients.forEach((client) => client.disconnect()));
});

const anyJob = { limit: () => 1, makeRoom: async () => true, takesAny: () => true, taken: () => () => undefined };

const quiet = {
  concurrency: 1,
  process: async (): Promise<JobEnd> => ({ kind: 'completed', result: null }),
  onEnded: () => undefined,
  onEndRefused: async () => undefined,
  onLocksLost: () => undefined,
  onError: () => undefined,
  onForbidden: () => undefined,
  retryDelayMs: () => 0,
};

it('tells that its user may not wait for jobs, without which it takes none', async () => {
  const [connection, single, operator] = clients as [RedisClient, RedisClient, RedisClient];
  const allow = (rule: string): Promise<unknown> => operator.call('ACL', 'SETUSER', 'default', rule);
  const told: (string | undefined)[] = [];
  const worker = createQueueWorker({
    ...quiet,
    connection,
    redis: single,
    selection: anyJob,
    onForbidden: (error) => told.push(error?.message),
    onStopped: () => undefined,
  });
  const queue = bullQueue(operator);
  await queue.add('enhance', {}, { jobId: 'd1' });
  await allow('-bzpopmin');
  worker.start();
  await until('it is told', () => told.at(-1) !== undefined);
  expect(told.at(-1)).toMatch(/NOPERM|permission/);
  await allow('+bzpopmin');
  await until('it takes jobs', () => told.at(-1) === undefined);
  await worker.end();
});

it('tells that it may take jobs again with the job that it takes next, also with the end of another', async () => {
  const [connection, single, operator] = clients as [RedisClient, RedisClient, RedisClient];
  const told: (string | undefined)[] = [];
  let end: () => void = () => undefined;
  const running = new Promise<void>((resolve) => {
    end = resolve;
  });
  let isRunning = false;
  let toldBySecond: readonly (string | undefined)[] | undefined;
  const worker = createQueueWorker({
    ...quiet,
    connection,
    redis: single,
    selection: anyJob,
    async process({ id }) {
      if (id === 'd2') toldBySecond = [...told];
      else {
        isRunning = true;
        await running;
      }
      return { kind: 'completed', result: null };
    },
    onForbidden: (error) => told.push(error?.message),
    onStopped: () => undefined,
  });
  const queue = bullQueue(operator);
  for (const jobId of ['d1', 'd2']) await queue.add('enhance', {}, { jobId });
  worker.start();
  await until('the first job runs', () => isRunning);
  told.length = 0;
  end();
  await until('the second job runs', () => toldBySecond !== undefined);
  expect(toldBySecond).toHaveLength(1); // before its run, and without a further command
  await worker.end();
});

it('a write probe is refused as a job would be where its user may not add to a stream', async () => {
  const [client, operator] = clients as [RedisClient, RedisClient];
  await probeWrite(client);
  expect(await operator.keys('*')).toEqual([]);
  await operator.call('ACL', 'SETUSER', 'default', '-xadd');
  await expect(probeWrite(client)).rejects.toThrow(/can't run this command/);
  await operator.call('ACL', 'SETUSER', 'default', '+xadd');
});

it('reports that it takes no more jobs although it was not told to end: an idle process would not be replaced', async () => {
  const [connection, single, third] = clients as [RedisClient, RedisClient, RedisClient];
  const queue = bullQueue(third);
  let isDefect = false;
  let stopped: (error: unknown) => void = () => undefined;
  const told = new Promise<unknown>((resolve) => {
    stopped = resolve;
  });
  const worker = createQueueWorker({
    ...quiet,
    connection,
    redis: single,
    selection: {
      ...anyJob,
      limit() {
        if (isDefect) throw new Error('a defect');
        return 1;
      },
      taken: () => () => {
        isDefect = true;
      },
    },
    onStopped: stopped,
  });
  worker.start();
  await queue.add('enhance', {}, { jobId: 'd1' });
  expect(await told).toEqual(new Error('a defect'));
  isDefect = false;
  await worker.end();
});

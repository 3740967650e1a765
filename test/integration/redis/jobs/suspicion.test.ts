import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Queue } from 'bullmq';
import { createAlonePermit } from '../../../../src/redis/jobs/alone-permit.js';
import type { RedisClient } from '../../../../src/redis/connection.js';
import { createSuspicions, forgetDeaths, noteDeath, type Suspicions } from '../../../../src/redis/jobs/suspicion.js';
import { bullQueue, redisOfTest } from '../../../support/of-test.js';
import { until } from '../../../support/service.js';

const jobKey = 'enhancement:queue:d1';

const redis = redisOfTest();
let client: RedisClient;
let queue: Queue<unknown>;
let suspicions: Suspicions;
beforeEach(async () => {
  ({ client } = redis);
  queue = bullQueue(client);
  suspicions = createSuspicions(client);
  await queue.add('enhance', {}, { jobId: 'd1' });
});

/** The job is active under this token, and its worker dies. */
async function dies(token: string, jobs: number): Promise<number> {
  await client.set(`${jobKey}:lock`, token);
  return noteDeath(client, 'd1', token, jobs);
}

const none = { stalls: 0, deaths: 0, deathsAlone: 0, together: undefined };

describe('the deaths of a job’s workers', () => {
  it('are none at first', async () => {
    expect(await suspicions.of('d1')).toEqual(none);
  });

  it('are noted with the number of jobs that died together', async () => {
    expect(await dies('t1', 20)).toBe(1);
    expect(await suspicions.of('d1')).toEqual({ ...none, stalls: 1, deaths: 1, together: 10 });
    expect(await dies('t2', 5)).toBe(2);
    expect(await suspicions.of('d1')).toEqual({ ...none, stalls: 2, deaths: 2, together: 3 });
  });

  it('are not noted by one who does not hold the lock any more', async () => {
    await client.set(`${jobKey}:lock`, 'another’s');
    expect(await noteDeath(client, 'd1', 't1', 1)).toBe(-1);
    expect(await suspicions.of('d1')).toEqual(none);
  });

  it('count as deaths alone where it was the only job, once for each start', async () => {
    await suspicions.startsAlone('d1', 't1');
    await dies('t1', 1);
    await dies('t2', 1);
    expect(await suspicions.of('d1')).toMatchObject({ deaths: 2, deathsAlone: 2 });
  });

  it('are those too that BullMQ’s stalled counter has', async () => {
    await client.hset(jobKey, 'stc', 2);
    expect(await suspicions.of('d1')).toEqual({ ...none, stalls: 2, deaths: 2 });
  });

  it('are no deaths where the worker lives and says so, before or after the stall is counted', async () => {
    await suspicions.survived('d1', 't1');
    await client.hincrby(jobKey, 'stc', 1);
    expect(await suspicions.of('d1')).toMatchObject({ stalls: 1, deaths: 0 });
    await client.hincrby(jobKey, 'stc', 1);
    await suspicions.survived('d1', 't2');
    expect(await suspicions.of('d1')).toMatchObject({ stalls: 2, deaths: 0 });
  });

  it('leave no suspicion on a job that then ran alone and did no harm, but are remembered where it was alone', async () => {
    await dies('t1', 1);
    await dies('t2', 5);
    await suspicions.startsAlone('d1', 't3');
    expect(await suspicions.of('d1')).toMatchObject({ deaths: 2, deathsAlone: 2 });
    await suspicions.survivedAlone('d1', 't3');
    expect(await suspicions.of('d1')).toEqual({ ...none, stalls: 2, deathsAlone: 1 });
  });

  it('are forgotten when the job is run again', async () => {
    await dies('t1', 1);
    await suspicions.survived('d1', 't0');
    await forgetDeaths(client, 'd1');
    expect(await suspicions.of('d1')).toEqual(none);
  });

  it('bring no job back that has been removed', async () => {
    await (await queue.getJob('d1'))?.remove();
    await suspicions.survived('d1', 't1');
    await suspicions.survivedAlone('d1', 't1');
    await forgetDeaths(client, 'd1');
    expect(await client.exists(jobKey)).toBe(0);
  });

  it('are written to a Redis that is full', async () => {
    await client.set(`${jobKey}:lock`, 't1');
    await client.config('SET', 'maxmemory', '1');
    await expect(client.set('probe', '1')).rejects.toThrow(/^OOM /);
    await suspicions.startsAlone('d1', 't1');
    expect(await noteDeath(client, 'd1', 't1', 1)).toBe(1);
    await suspicions.survived('d1', 't2');
    expect(await suspicions.of('d1')).toMatchObject({ stalls: 1, deaths: 0, deathsAlone: 1 });
  });
});

describe('the permit to run alone', () => {
  it('is held by one job of all workers, and by the next when it is given back', async () => {
    const permit = createAlonePermit(client);
    const giveBack = await permit.take('t1');
    expect(giveBack).toBeInstanceOf(Function);
    expect(await createAlonePermit(client).take('t2')).toBeUndefined();
    await giveBack?.();
    const next = await permit.take('t2');
    expect(next).toBeInstanceOf(Function);
    await giveBack?.(); // no longer its own
    expect(await permit.take('t3')).toBeUndefined();
    await next?.();
  });

  it('is renewed while its holder lives, and ends some time after that', async () => {
    const permit = createAlonePermit(client);
    const giveBack = await permit.take('t1');
    const key = 'enhancement:queue:runs-alone';
    await client.pexpire(key, 1500);
    await until('it is renewed', async () => (await client.pttl(key)) > 2000);
    await client.set(key, 'another’s', 'PX', 60_000);
    await giveBack?.();
    expect(await client.pttl(key)).toBeGreaterThan(0);
  });
});

import { beforeEach, describe, expect, it } from '@jest/globals';
import { createJobSearch } from '../../../src/queue/job-search.js';
import { queueOfFile, redisOfFile } from '../../support/of-file.js';
import { ticketJob } from '../../support/worker.js';

const redis = redisOfFile();
const queue = queueOfFile(redis);
beforeEach(() => redis.client.flushall());

const keyOf = (state: string) => `enhancement:queue:${state}`;
const idOf = (i: number) => `d${String(i).padStart(40, '0')}`;

/** As BullMQ keeps it: what counts here is where its id is, its data and its time. */
async function put(state: string, i: number, fields: Parameters<typeof ticketJob>[0] = {}): Promise<string> {
  const id = idOf(i);
  await redis.client.hset(keyOf(id), { data: JSON.stringify(ticketJob({ ticketId: 'T-1', ...fields })), timestamp: i });
  if (['active', 'wait', 'paused'].includes(state)) await redis.client.lpush(keyOf(state), id);
  else await redis.client.zadd(keyOf(state), i, id);
  return id;
}

const states = ['active', 'wait', 'paused', 'prioritized', 'delayed', 'failed', 'completed'];

describe('the jobs of a ticket', () => {
  it('are found in every state, newest first', async () => {
    const ids: string[] = [];
    for (const [i, state] of states.entries()) {
      ids.unshift(await put(state, i));
      await put(state, 100 + i, { ticketId: 'T-10' });
    }
    expect(await createJobSearch(queue).find('T-1')).toEqual({ jobIds: ids, notLookedAt: 0 });
    expect(await createJobSearch(queue).find('T-2')).toEqual({ jobIds: [], notLookedAt: 0 });
  });

  it('are found by correlation id, in either case', async () => {
    const correlationId = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const id = await put('completed', 1, { correlationId });
    await put('completed', 2);
    for (const given of [correlationId, correlationId.toUpperCase()]) {
      expect((await createJobSearch(queue).find(given)).jobIds).toEqual([id]);
    }
  });

  it('are not those of a ticket whose text names it', async () => {
    await put('wait', 1, { ticketId: 'T-2', subject: '"ticketId":"T-1"', description: '","ticketId":"T-1","' });
    expect((await createJobSearch(queue).find('T-1')).jobIds).toEqual([]);
  });

  it('are looked for behind thousands of others, and it is told how many were not looked at', async () => {
    await put('completed', 1);
    const others = Array.from({ length: 1200 }, (_, i) => idOf(10 + i));
    await redis.client.zadd(keyOf('completed'), ...others.flatMap((id, i) => [10 + i, id]));
    await Promise.all(others.map((id) => redis.client.hset(keyOf(id), 'data', JSON.stringify(ticketJob()))));
    expect(await createJobSearch(queue).find('T-1')).toEqual({ jobIds: [idOf(1)], notLookedAt: 0 });
    expect(await createJobSearch(queue, 1000).find('T-1')).toEqual({ jobIds: [], notLookedAt: 201 });
  });

  it('are no keys of the queue itself, whatever is asked for', async () => {
    await put('wait', 1);
    for (const given of ['', 'meta', '*', 'd'.padEnd(41, '0'), '"']) {
      expect((await createJobSearch(queue).find(given)).jobIds).toEqual([]);
    }
  });
});

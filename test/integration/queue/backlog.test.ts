import { expect, it } from '@jest/globals';
import { createBacklog } from '../../../src/queue/backlog.js';
import { redisOfFile } from '../../support/of-file.js';
import { ticketJob } from '../../support/worker.js';

const redis = redisOfFile();

it('looks past a waiting job whose data is damaged', async () => {
  const waiting = 'enhancement:queue:prioritized';
  const jobs = { damaged: '{"tenantId":', next: JSON.stringify(ticketJob({ ticketId: 'T1' })) };
  for (const [i, [id, data]] of Object.entries(jobs).entries()) {
    await redis.client.hset(`enhancement:queue:${id}`, { data });
    await redis.client.zadd(waiting, i + 1, id);
  }
  expect(await createBacklog(redis.client).bringForward((tenantId) => tenantId === 'acme')).toBe(true);
  expect(await redis.client.zrange(waiting, 0, '0')).toEqual(['next']);
});

import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Queue } from 'bullmq';
import { deliverUntilAccepted } from '../../chaos/load.js';
import { startTarget, type Target } from '../../chaos/target.js';
import { redisOfFile } from '../support/of-file.js';
import { bullQueue } from '../support/of-test.js';
import { afterFile, forFile } from '../support/opened.js';
import { until } from '../support/service.js';

/** The processes of the service die of these jobs by themselves: a worker ends while it sends their ticket to the model. */

const word = 'poisonous';
const poison = ['poisonous-1', 'poisonous-2', 'poisonous-3'];
const others = Array.from({ length: 40 }, (_, i) => `ticket-${i}`);

const redis = redisOfFile();
let queue: Queue<unknown>;
let target: Target;
beforeAll(async () => {
  queue = bullQueue(redis.client, afterFile);
  const env = { REDIS_URL: redis.url, CHAOS_POISON: word, CHAOS_POISON_MS: '50' };
  target = await forFile(startTarget({ withModel: true, withDesk: false, env }), (opened) => opened.close());
  // So that the workers are full when the poison acts.
  target.model.behave({ kind: 'slow', delayMs: 100 });
});

const asked = (ticketId: string): number =>
  target.model.requests.filter(({ messages }) => messages.some(({ content }) => content.includes(`(${ticketId})`)))
    .length;

describe('jobs that kill their worker', () => {
  it('fail after few deaths, and the jobs beside them finish first', async () => {
    const send = async (ticketId: string) => deliverUntilAccepted(target.service.webhooks, ticketId);
    const sent = [...others.slice(0, 10), ...poison, ...others.slice(10)];
    const ids = new Map(await Promise.all(sent.map(async (id): Promise<[string, string]> => [id, await send(id)])));
    const jobOf = (ticketId: string) => queue.getJob(ids.get(ticketId) ?? '');
    await until(
      'the poison jobs have failed',
      async () => {
        const jobs = await Promise.all(poison.map(jobOf));
        return jobs.every((job) => job?.failedReason !== undefined);
      },
      300_000,
    );
    const ends = await Promise.all(others.map(async (id) => ({ id, job: await jobOf(id) })));
    const unfinished = ends.filter(({ job }) => job?.finishedOn === undefined || job.failedReason !== undefined);
    expect(unfinished.map(({ id, job }) => `${id}: ${job?.failedReason}`)).toEqual([]);
    for (const id of poison) {
      expect((await jobOf(id))?.failedReason).toMatch(/^JOB_KILLS_WORKER: The job was alone in 3 workers that died\./);
      // With all others, with half of them, and three times alone.
      expect(asked(id)).toBeGreaterThanOrEqual(3);
      expect(asked(id)).toBeLessThanOrEqual(5);
    }
  }, 330_000);
});

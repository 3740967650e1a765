import { until } from '../../test/support/service.js';
import { startRedis } from '../../test/support/redis.js';
import type { Drill } from '../drill.js';
import { deliverOne } from '../load.js';
import { within } from '../promises.js';
import { signal, startTarget } from '../target.js';
import { runsOf } from './redelivery.js';

const jobs = 8;

export const machineLost: Drill = {
  what: 'a machine is lost with primary and workers in the middle of its jobs; another works on the same Redis',
  async run({ say }) {
    const redis = await startRedis([
      '--appendonly',
      'yes',
      '--appendfsync',
      'always',
      '--maxmemory-policy',
      'noeviction',
    ]);
    const shared = { REDIS_URL: redis.url, LLM_TIMEOUT_MS: '60000', SHUTDOWN_TIMEOUT_MS: '500' };
    const lost = await startTarget({ withModel: true, env: shared });
    const other = await startTarget({
      withModel: true,
      env: { ...shared, HTTP_PROCESSES: '0', WORKER_CONCURRENCY: '20' },
    });
    try {
      lost.model.behave({ kind: 'never' });
      other.model.behave({ kind: 'never' });
      // Until the machine that will be lost has some of them.
      const mine: string[] = [];
      for (let i = 0; mine.length < jobs; i++) {
        const ticketId = `lost-${i}`;
        await deliverOne(lost.service.webhooks, ticketId);
        await until(
          'the job runs',
          () => runsOf(lost.model, ticketId).length + runsOf(other.model, ticketId).length > 0,
        );
        if (runsOf(lost.model, ticketId).length > 0) mine.push(ticketId);
      }
      const victims = [lost.service.pid, ...(await lost.children())];
      const killedAtMs = Date.now();
      for (const pid of victims) signal(pid, 'SIGKILL');
      const again = () => mine.flatMap((ticketId) => runsOf(other.model, ticketId)[0] ?? []);
      await until('all of them run on the other machine', () => again().length === mine.length, 60_000);
      const slowest = Math.max(...again()) - killedAtMs;
      say(`${mine.length} jobs run again, the last after ${slowest} ms`);
      return [
        {
          promise: 'redelivery elsewhere',
          figure: `${(slowest / 1000).toFixed(1)} s, the slowest of ${mine.length} jobs`,
          verdict: within(slowest, 15_000, 30_000),
        },
      ];
    } finally {
      await lost.close();
      await other.close();
      await redis.stop();
    }
  },
};

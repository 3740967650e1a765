import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/support/service.js';
import type { Drill } from '../drill.js';
import { deliverOne } from '../load.js';
import { exactly } from '../promises.js';
import { signal, startTarget } from '../target.js';
import { runsOf } from './redelivery.js';

/** How long after the job has failed it must not have been started once more. Milliseconds. */
const quietMs = 2000;

export const killerJob: Drill = {
  what: 'a job ends the worker that runs it, each time',
  async run({ say }) {
    const env = { WORKER_PROCESSES: '1', LLM_TIMEOUT_MS: '60000', SHUTDOWN_TIMEOUT_MS: '500' };
    const target = await startTarget({ withModel: true, env });
    try {
      target.model.behave({ kind: 'never' });
      const jobId = await deliverOne(target.service.webhooks, 'killer');
      let starts = 0;
      let reason: string | undefined;
      await until(
        'the job has failed',
        async () => {
          const now = runsOf(target.model, 'killer').length;
          if (now > starts) {
            starts = now;
            say(`start ${starts}: its worker dies`);
            for (const pid of await target.children('worker')) signal(pid, 'SIGKILL');
          }
          reason = await target.redis.failedReason(jobId);
          return reason !== undefined;
        },
        60_000,
      );
      await sleep(quietMs);
      const { failedJobs } = (await (await fetch(`${target.service.metrics}/status`)).json()) as {
        failedJobs: { id: string; reason: string }[];
      };
      const shown = failedJobs.some(({ id, reason: why }) => id === jobId && why !== '');
      starts = runsOf(target.model, 'killer').length;
      return [
        {
          promise: 'killer job',
          figure: `${starts} starts, then failed as ${reason?.split(':', 1)[0]}, ${shown ? 'shown' : 'not shown'} on /status`,
          verdict: exactly(starts === 3 && shown),
        },
      ];
    } finally {
      await target.close();
    }
  },
};

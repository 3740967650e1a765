import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/support/service.js';
import type { Drill, DrillContext } from '../drill.js';
import { deliverOne, deliverUntilAccepted } from '../load.js';
import { exactly, type Finding } from '../promises.js';
import { onTarget, signal } from '../target.js';
import { runsOf } from './redelivery.js';

/** How long after the job has failed it must not have been started once more. Milliseconds. */
const quietMs = 2000;

/** @returns how often a poison job that has a worker for itself is started */
async function alone({ say }: DrillContext): Promise<Finding> {
  const env = { WORKER_PROCESSES: '1', LLM_TIMEOUT_MS: '60000', SHUTDOWN_TIMEOUT_MS: '500' };
  return onTarget({ withModel: true, env }, async (target) => {
    target.model.behave({ kind: 'never' });
    const jobId = await deliverOne(target.service.webhooks, 'poison');
    let starts = 0;
    let reason: string | undefined;
    await until(
      'the job has failed',
      async () => {
        const now = runsOf(target.model, 'poison').length;
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
    starts = runsOf(target.model, 'poison').length;
    return {
      promise: 'poison job',
      figure: `${starts} starts, then failed as ${reason?.split(':', 1)[0]}, ${shown ? 'shown' : 'not shown'} on /status`,
      verdict: exactly(starts === 3 && shown),
    };
  });
}

/** So many poison jobs among so many others, all at once. */
const crowd = { poison: 10, others: 200 };
const word = 'poisonous';

async function inACrowd({ say }: DrillContext): Promise<Finding> {
  const env = { CHAOS_POISON: word };
  return onTarget({ withModel: true, env }, async (target) => {
    const tickets = Array.from({ length: crowd.others + crowd.poison }, (_, i) =>
      i % 21 === 10 ? `${word}-${i}` : `ticket-${i}`,
    );
    const beganMs = performance.now();
    const jobs = new Map<string, string>();
    await Promise.all(
      tickets.map(async (ticketId) =>
        jobs.set(ticketId, await deliverUntilAccepted(target.service.webhooks, ticketId)),
      ),
    );
    const done = new Map<string, { readonly failed: boolean; readonly afterMs: number }>();
    await until(
      'all jobs have ended',
      async () => {
        for (const [ticketId, jobId] of jobs) {
          if (done.has(ticketId)) continue;
          const { kind } = await target.redis.endOf(jobId);
          if (kind === 'unended') continue;
          done.set(ticketId, { failed: kind === 'failed', afterMs: performance.now() - beganMs });
          if (kind === 'failed') say(`${ticketId} has failed, ${done.size} of ${jobs.size} jobs have ended`);
        }
        return done.size === jobs.size;
      },
      600_000,
    );
    const ends = [...done].map(([ticketId, end]) => ({ ...end, isPoison: ticketId.startsWith(word) }));
    const starts = tickets.filter((id) => id.startsWith(word)).map((id) => runsOf(target.model, id).length);
    const innocent = ends.filter(({ isPoison, failed }) => failed && !isPoison).length;
    const convicted = ends.filter(({ isPoison, failed }) => failed && isPoison).length;
    const lastMs = (poison: boolean): number =>
      Math.max(...ends.flatMap(({ isPoison, afterMs }) => (isPoison === poison ? afterMs : [])));
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(0)} s`;
    return {
      promise: 'poison among others',
      figure: `${convicted} of ${crowd.poison} poison jobs failed after ${Math.max(...starts)} starts at most and ${seconds(lastMs(true))}; ${innocent} of ${crowd.others} others failed, the last ended after ${seconds(lastMs(false))}`,
      verdict: exactly(convicted === crowd.poison && innocent === 0),
    };
  });
}

export const poisonJob: Drill = {
  what: 'jobs end the worker that runs them, each time: one by itself, and ten among others',
  async run(context) {
    return [await alone(context), ...(context.short ? [] : [await inACrowd(context)])];
  },
};

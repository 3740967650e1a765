import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logging/logger.js';
import type { JobRecovery } from '../queue/job-recovery.js';
import type { ChildHandle } from './child-handle.js';

type Holder = Pick<ChildHandle, 'workerId'>;

/** Knows which job each worker child holds, and under which lock token. */
export interface Leases {
  started(child: Holder, jobId: string, token: string): void;
  ended(child: Holder, jobId: string): void;
  /**
   * The child is gone: its jobs go back to the queue at once, instead of waiting for their locks to expire. A job that
   * keeps killing its workers is refused by the worker that starts it next.
   */
  release(child: Holder): void;
}

/** Redis may be away just then; after this BullMQ's own stalled check finds the job. Milliseconds. */
const retryForMs = 10_000;
const retryPauseMs = 200;

export function createLeases(recovery: JobRecovery, log: Logger): Leases {
  const held = new Map<number, Map<string, string>>();

  const giveBack = async (jobId: string, token: string): Promise<void> => {
    const until = performance.now() + retryForMs;
    for (;;) {
      try {
        if (await recovery.giveBack(jobId, token))
          log.warn({ job_id: jobId }, 'job was given back after its worker died');
        return;
      } catch (error) {
        if (performance.now() > until) {
          log.error({ err: error, job_id: jobId }, 'job could not be given back; the queue’s own check will find it');
          return;
        }
        await sleep(retryPauseMs);
      }
    }
  };

  return {
    started(child, jobId, token) {
      let jobs = held.get(child.workerId);
      if (jobs === undefined) {
        jobs = new Map();
        held.set(child.workerId, jobs);
      }
      jobs.set(jobId, token);
    },
    ended(child, jobId) {
      held.get(child.workerId)?.delete(jobId);
    },
    release(child) {
      const jobs = held.get(child.workerId);
      held.delete(child.workerId);
      for (const [jobId, token] of jobs ?? []) void giveBack(jobId, token);
    },
  };
}

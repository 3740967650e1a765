import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../logging/logger.js';
import type { JobRecovery } from '../../queue/job-recovery.js';
import type { ChildHandle } from './child-handle.js';
import type { Ending } from './ending.js';

type Holder = Pick<ChildHandle, 'workerId'>;

interface Lease {
  readonly token: string;
  /** False: the child has stopped working on the job, but still holds its lock. */
  readonly runs: boolean;
}

/** The jobs that each worker child holds, with the tokens of their locks. */
export interface Leases {
  started(child: Holder, jobId: string, token: string): void;
  left(child: Holder, jobId: string): void;
  ended(child: Holder, jobId: string): void;
  /**
   * The child has ended: returns its jobs to the queue at once, before their locks expire. If its end was not requested, the
   * jobs that it ran become suspects (redis/jobs/suspicion.ts).
   */
  release(child: Holder, ending: Pick<Ending, 'expected'>): void;
}

/** How long a return is retried while Redis is unavailable; later BullMQ's stalled check finds the job. Milliseconds. */
const retryForMs = 10_000;
const retryPauseMs = 200;

export function createLeases(recovery: JobRecovery, log: Logger): Leases {
  const held = new Map<number, Map<string, Lease>>();

  const giveBack = async (jobId: string, token: string, died: number | undefined): Promise<void> => {
    const until = performance.now() + retryForMs;
    for (;;) {
      try {
        if (await recovery.giveBack(jobId, token, died)) {
          log.warn({ job_id: jobId, jobs_in_worker: died }, 'job was given back after its worker died');
        }
        return;
      } catch (error) {
        if (performance.now() > until) {
          log.error({ err: error, job_id: jobId }, 'job could not be given back; BullMQ’s stalled check will find it');
          return;
        }
        await sleep(retryPauseMs);
      }
    }
  };

  return {
    started(child, jobId, token) {
      const jobs = held.get(child.workerId) ?? new Map<string, Lease>();
      held.set(child.workerId, jobs.set(jobId, { token, runs: true }));
    },
    left(child, jobId) {
      const jobs = held.get(child.workerId);
      const lease = jobs?.get(jobId);
      if (lease !== undefined) jobs?.set(jobId, { ...lease, runs: false });
    },
    ended(child, jobId) {
      held.get(child.workerId)?.delete(jobId);
    },
    release(child, { expected }) {
      const jobs = [...(held.get(child.workerId) ?? [])];
      held.delete(child.workerId);
      const ran = jobs.filter(([, { runs }]) => runs).length;
      for (const [jobId, { token, runs }] of jobs) void giveBack(jobId, token, runs && !expected ? ran : undefined);
    },
  };
}

import { EnhancementError } from '../enhancement/index.js';

/** The jobs that run in this worker, each of which can be interrupted. */
export interface RunningJobs {
  /** @param attempt receives a signal that aborts with an EnhancementError: `DRAINED` or `LOCK_LOST` */
  run<T>(jobId: string, attempt: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Interrupts jobs whose locks could not be renewed. */
  locksLost(jobIds: readonly string[]): void;
  /** Interrupts all jobs, because the worker is being stopped. @returns their number */
  interruptAll(): number;
}

export function createRunningJobs(): RunningJobs {
  const running = new Map<string, AbortController>();
  return {
    async run(jobId, attempt) {
      const controller = new AbortController();
      running.set(jobId, controller);
      try {
        return await attempt(controller.signal);
      } finally {
        // A job whose lock was lost may have started here again meanwhile.
        if (running.get(jobId) === controller) running.delete(jobId);
      }
    },
    locksLost(jobIds) {
      for (const jobId of jobIds) {
        running
          .get(jobId)
          ?.abort(
            new EnhancementError(
              'LOCK_LOST',
              'The lock on the job could not be renewed; another worker may have it by now.',
            ),
          );
      }
    },
    interruptAll() {
      const reason = new EnhancementError('DRAINED', 'The worker is being stopped.');
      for (const controller of running.values()) controller.abort(reason);
      return running.size;
    },
  };
}

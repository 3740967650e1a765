/** Which jobs of a worker may run at the same time: suspects (suspects.ts) run few together, or alone. */
export interface JobIsolation {
  /**
   * Starts a job.
   *
   * @param most suspects in this worker, this job included. Default: the job is not a suspect
   * @returns a function to call at the job's end; undefined: the job may not run now
   */
  join(most?: number): Leave | undefined;
  /**
   * From now on admits no other job. Resolves when all running jobs have ended, or at an abort.
   *
   * @returns undefined: another job runs alone, or waits to
   */
  joinAlone(signal: AbortSignal): Promise<Leave | undefined>;
  /** Whether the worker may take jobs from the queue. */
  takesMore(): boolean;
}

export type Leave = () => void;

/** @param onFull called when `takesMore` becomes false */
export function createJobIsolation(onFull: () => void): JobIsolation {
  const running = new Set<{ readonly most: number | undefined }>();
  let keptOut = false;
  let onEmpty: () => void = () => undefined;

  function hasRoomFor(most: number | undefined): boolean {
    if (keptOut) return false;
    if (most === undefined) return true;
    const suspects = [...running].flatMap((job) => job.most ?? []);
    return suspects.length < Math.min(most, ...suspects);
  }

  return {
    join(most) {
      if (!hasRoomFor(most)) return undefined;
      const job = { most };
      running.add(job);
      return () => {
        running.delete(job);
        if (running.size === 0) onEmpty();
      };
    },
    async joinAlone(signal) {
      if (keptOut) return undefined;
      keptOut = true;
      onFull();
      if (running.size > 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          onEmpty = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      return () => {
        keptOut = false;
        onEmpty = () => undefined;
      };
    },
    takesMore: () => !keptOut,
  };
}

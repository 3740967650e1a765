/** Decides which jobs of a worker may run at the same time: few suspects (suspects.ts) run together, or one alone. */
export interface JobIsolation {
  /**
   * Starts a job.
   *
   * @param most how many suspects may run in this worker, this job included. Default: the job is not a suspect
   * @returns a function to call at the job's end; undefined: the job may not run now
   */
  join(most?: number): Leave | undefined;
  /**
   * Admits no other job from now on. Resolves when all running jobs have ended, or the signal is aborted.
   *
   * @returns a function to call at the job's end; undefined: another job runs alone, or waits to
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

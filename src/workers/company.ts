/** Which jobs of a worker may run beside each other: suspects (suspects.ts) are tried few together, or alone. */
export interface Company {
  /**
   * @param most suspects in this worker, the job itself included; default: the job is no suspect
   * @returns to be called when the job has ended; undefined: there is no room for it now
   */
  join(most?: number): Leave | undefined;
  /**
   * Keeps all other jobs out, and resolves when those that run have ended, or at an abort.
   *
   * @returns undefined when another job runs alone, or is waiting for it
   */
  joinAlone(signal: AbortSignal): Promise<Leave | undefined>;
  /** Whether the worker shall take more jobs from the queue. */
  takesMore(): boolean;
}

export type Leave = () => void;

/** @param onFull called when no more jobs are to be taken */
export function createCompany(onFull: () => void): Company {
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

/** A run that others wait for begins when nobody has joined it for the first of these, and after the second at the latest. */
const quietMs = 5;
const gatheringMs = 50;

/**
 * Lets concurrent callers share one run of a task, without anybody getting an answer that is older than its question:
 * whoever calls while a run is under way waits for the next run, together with all others who do.
 *
 * Who calls alone never waits. A crowd does not come in one moment, and a run for each few of it is most of what it
 * costs: so a run that had to wait for another one waits for stragglers too.
 */
export function sharedTurn<T>(run: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  /** Who ever waited for a next run. */
  let joined = 0;

  const start = (): Promise<T> => {
    const started = run().finally(() => {
      if (current === started) current = undefined;
    });
    current = started;
    return started;
  };

  const startNext = async (after: Promise<T>): Promise<T> => {
    await after.then(ignore, ignore);
    const endMs = performance.now() + gatheringMs;
    let seen: number;
    do {
      seen = joined;
      await new Promise((resolve) => setTimeout(resolve, quietMs));
    } while (joined > seen && performance.now() < endMs);
    next = undefined;
    return start();
  };

  return () => {
    if (next === undefined) {
      if (current === undefined) return start();
      next = startNext(current);
    }
    joined += 1;
    return next;
  };
}

function ignore(): void {
  // The outcome belongs to those who asked for that run.
}

/**
 * Lets concurrent callers share one run of a task, without anybody getting an answer that is older than its question:
 * whoever calls while a run is under way waits for the next run, together with all others who do.
 */
export function sharedTurn<T>(run: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  const start = (): Promise<T> => {
    const started = run().finally(() => {
      if (current === started) current = undefined;
    });
    current = started;
    return started;
  };

  return () => {
    if (current === undefined) return start();
    next ??= current.then(ignore, ignore).then(() => {
      next = undefined;
      return start();
    });
    return next;
  };
}

function ignore(): void {
  // The outcome belongs to those who asked for that run.
}

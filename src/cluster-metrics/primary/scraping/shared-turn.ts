/**
 * Coalesces concurrent calls.
 * Must not know: what is called.
 */

/** How long a run that had to wait for another one waits for further calls: many at once are spread over some milliseconds. */
const gatheringMs = 20;

/**
 * Coalesces concurrent calls: they share one run of a task, and no call gets a result that is older than itself. Calls during a
 * run wait for the next one, which they share. A single call never waits.
 */
export function sharedTurn<T>(run: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  const start = (): Promise<T> => {
    current = run().finally(() => {
      current = undefined;
    });
    return current;
  };

  const startAfter = async (before: Promise<T>): Promise<T> => {
    await Promise.allSettled([before]);
    await new Promise((resolve) => setTimeout(resolve, gatheringMs));
    next = undefined;
    return start();
  };

  return () => {
    if (next !== undefined) return next;
    if (current === undefined) return start();
    next = startAfter(current);
    return next;
  };
}

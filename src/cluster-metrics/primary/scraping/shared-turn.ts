/**
 * Coalesces concurrent calls.
 * Must not know: what is called.
 */

/** A run that is waited for starts when no caller has joined it for the first time span, and after the second at the latest. */
const quietMs = 5;
const gatheringMs = 50;

/**
 * Coalesces concurrent calls: they share one run of a task, and no call gets a result that is older than itself. Calls during a
 * run wait for the next one, which they share.
 *
 * A single call never waits. Many calls at once are spread over some milliseconds, and one run for each few of them would be most
 * of their cost, so a run that had to wait for another one waits a little longer for further calls.
 */
export function sharedTurn<T>(run: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  let next: Promise<T> | undefined;
  /** Calls that have joined a next run. */
  let joined = 0;

  const start = (): Promise<T> => {
    const started = run().finally(() => {
      if (current === started) current = undefined;
    });
    current = started;
    return started;
  };

  const startNext = async (after: Promise<T>): Promise<T> => {
    await Promise.allSettled([after]);
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

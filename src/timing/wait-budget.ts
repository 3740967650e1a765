/** Time that a caller waits in all, for one task after another. */
export interface WaitBudget {
  /**
   * Settles like the task, or rejects with what `late` returns when the budget is used up. The task itself is not stopped.
   */
  within<T>(task: Promise<T>, late?: () => Error): Promise<T>;
  /** Of all tasks that have settled. */
  readonly usedMs: number;
}

/** Interval at which the time is counted. Milliseconds. */
const stepMs = 100;

/**
 * Only time in which this process runs is counted: while it is blocked, or a busy machine does not schedule it, what it waits for
 * may be there already, unread.
 *
 * @param milliseconds default: without end, to learn how much is used
 */
export function createWaitBudget(milliseconds = Number.POSITIVE_INFINITY): WaitBudget {
  let usedMs = 0;
  return {
    get usedMs() {
      return usedMs;
    },
    within: (task, late = () => new Error('late')) =>
      new Promise((resolve, reject) => {
        let timer: NodeJS.Timeout;
        let countedToMs = performance.now();
        const count = (): void => {
          const nowMs = performance.now();
          usedMs += Math.min(nowMs - countedToMs, 2 * stepMs);
          countedToMs = nowMs;
        };
        const wait = (): void => {
          // Whole: Node keeps a list for each duration that timers have.
          timer = setTimeout(step, Math.min(stepMs, Math.max(0, Math.ceil(milliseconds - usedMs)))).unref();
        };
        const step = (): void => {
          count();
          if (usedMs < milliseconds) wait();
          else setImmediate(() => reject(late())); // a reply that has arrived is read before that
        };
        const settled =
          <V>(settle: (value: V) => void) =>
          (value: V): void => {
            clearTimeout(timer);
            count();
            settle(value);
          };
        wait();
        task.then(settled(resolve), settled(reject));
      }),
  };
}

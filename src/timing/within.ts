/**
 * Resolves like the task, or to what `late` returns (or rejects with what it throws) if the task takes longer. The task
 * itself is not stopped. Counts wall time; `createWaitBudget` counts only time in which this process runs.
 */
export function within<T, L>(milliseconds: number, task: Promise<T>, late: () => L): Promise<T | L> {
  return new Promise<T | L>((resolve, reject) => {
    // Whole: Node keeps a list for each duration that timers have.
    const timer = setTimeout(() => resolve(new Promise((settle) => settle(late()))), Math.ceil(milliseconds));
    const settled =
      <V>(settle: (value: V) => void) =>
      (value: V): void => {
        clearTimeout(timer);
        settle(value);
      };
    task.then(settled(resolve), settled(reject));
  });
}

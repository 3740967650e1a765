/**
 * Resolves like the task, or to what `late` returns (or rejects with what it throws) if the task takes longer. The task
 * itself is not stopped.
 */
export async function within<T, L>(milliseconds: number, task: Promise<T>, late: () => L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  }).then(late);
  try {
    return await Promise.race([task, overdue]);
  } finally {
    clearTimeout(timer);
  }
}

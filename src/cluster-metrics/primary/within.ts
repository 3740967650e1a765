/**
 * Bounds the wait for a task.
 *
 * Must not know: what the task is.
 */
/**
 * What the task gives, or undefined when it takes longer; the task itself continues. By a timer and not by an AbortSignal: the
 * error that one makes costs more than all else that a scrape of unchanged metrics does.
 */
export async function within<T>(milliseconds: number, task: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
    timer.unref();
  });
  try {
    return await Promise.race([task, late]);
  } finally {
    clearTimeout(timer);
  }
}

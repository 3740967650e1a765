/**
 * What the task gives, or an error when it takes longer. The task itself goes on: what it asked of Redis may still happen.
 *
 * @param untilMs on the clock of `performance.now()`
 */
export async function before<T>(untilMs: number, task: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('Redis took too long')), Math.max(0, untilMs - performance.now()));
  });
  try {
    return await Promise.race([task, late]);
  } finally {
    clearTimeout(timer);
  }
}

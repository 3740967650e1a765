/**
 * How both sides share the event loop of their process: in slices, and within a time limit.
 * Must not know: what the work is.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Of work, after which other work of the process gets its turn. */
const sliceMs = 4;

/** Divides work into slices: `if (pace.isDue) await pace.turn();` after each step. */
export class Pace {
  #sliceStart = performance.now();

  get isDue(): boolean {
    return performance.now() - this.#sliceStart >= sliceMs;
  }

  async turn(): Promise<void> {
    await nextTurn();
    this.#sliceStart = performance.now();
  }
}

/**
 * What the task gives, or undefined when it takes longer; the task itself continues. By a timer and not by an AbortSignal: the
 * error that one makes costs more than all else that a scrape of unchanged metrics does.
 */
export async function within<T>(milliseconds: number, task: Promise<T>): Promise<T | undefined> {
  if (milliseconds === Number.POSITIVE_INFINITY) return task;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, milliseconds), undefined);
    timer.unref();
  });
  try {
    return await Promise.race([task, late]);
  } finally {
    clearTimeout(timer);
  }
}

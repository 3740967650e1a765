/**
 * How work shares the event loop: in slices, within a time limit, and coalesced over concurrent callers.
 *
 * Must not know: what the work is.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Divides work into slices: `if (pace.isDue) await pace.turn();` after each step. */
export class Pace {
  #sliceStart = performance.now();

  /** @param sliceMs of work, after which other work of the process gets its turn. Default: 4 */
  constructor(readonly sliceMs = 4) {}

  get isDue(): boolean {
    return performance.now() - this.#sliceStart >= this.sliceMs;
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
    timer = setTimeout(resolve, milliseconds, undefined);
    timer.unref();
  });
  try {
    return await Promise.race([task, late]);
  } finally {
    clearTimeout(timer);
  }
}

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

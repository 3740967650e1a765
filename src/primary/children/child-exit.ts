import type { Worker } from 'node:cluster';
import { within } from '../../timing/within.js';

export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why the child could not be forked; undefined: it was. */
  readonly forkError?: Error;
}

/**
 * Resolves when the child has exited and its last messages have been read. The exit may be emitted before them; the end of the
 * channel follows them. Node never emits that end for a child that died between asking for the listening socket and
 * acknowledging it, so the wait for it is bounded.
 *
 * @param lastMessagesMs called at the exit: how long to wait for the end of the channel, milliseconds
 */
export function exitOf(worker: Worker, lastMessagesMs: () => number): Promise<ChildExit> {
  const disconnected = new Promise<void>((resolve) => worker.once('disconnect', resolve));
  return new Promise((resolve) => {
    worker.once('exit', async (code: number | null, signal: string | null) => {
      await within(lastMessagesMs(), disconnected, () => undefined);
      resolve({ code, signal });
    });
    // Any error of a child that has a process ends in an exit, too.
    worker.on('error', (forkError) => {
      if (worker.process.pid === undefined) resolve({ code: null, signal: null, forkError });
    });
  });
}

import type { QueueReader, QueueState } from '../queue/queue-reader.js';

export interface QueueWatcher {
  /** The queue now, or as it was last seen if that is not too long ago; undefined rather than an old figure. */
  current(): Promise<QueueState | undefined>;
  /** Why the queue cannot be read, if so. */
  readonly problem: string | undefined;
  stop(): void;
}

/** Between scrapes the queue is read this often, so that the status is never older. Milliseconds. */
const intervalMs = 15_000;

/** A figure older than this is no longer given out. Milliseconds. */
const trustedForMs = 30_000;

/** How long a scrape waits for a fresh figure; a frozen Redis must not hold it up. Milliseconds. */
const freshWithinMs = 200;

export function createQueueWatcher(reader: Pick<QueueReader, 'read'>): QueueWatcher {
  let last: { readonly state: QueueState; readonly atMs: number } | undefined;
  let reading: Promise<void> | undefined;
  let problem: string | undefined;

  const read = (): Promise<void> => {
    reading ??= reader
      .read()
      .then(
        (state) => {
          last = { state, atMs: performance.now() };
          problem = undefined;
        },
        (error: unknown) => {
          problem = error instanceof Error ? error.message : String(error);
        },
      )
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };

  const timer = setInterval(() => void read(), intervalMs);
  timer.unref();

  return {
    async current() {
      let late: NodeJS.Timeout | undefined;
      await Promise.race([
        read(),
        new Promise((resolve) => {
          late = setTimeout(resolve, freshWithinMs);
        }),
      ]);
      clearTimeout(late);
      return last !== undefined && performance.now() - last.atMs <= trustedForMs ? last.state : undefined;
    },
    get problem() {
      return problem;
    },
    stop: () => clearInterval(timer),
  };
}

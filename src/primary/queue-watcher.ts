import type { QueueReader, QueueState } from '../queue/queue-reader.js';
import { createDepthHistory, type DepthHistory } from './depth-history.js';
import { createLatestReading, type LatestReading } from './latest-reading.js';
import { createWriteProbe } from './write-probe.js';

export interface QueueWatcher extends Pick<LatestReading<QueueState>, 'current'> {
  /** Resolves when Redis has taken a write or refused it not longer than a second ago, and `problem` says so. */
  probed(): Promise<void>;
  /** Why Redis takes no job or cannot be read, in its own words. */
  readonly problem: string | undefined;
  /** How deep the queue was in the last quarter of an hour, from every reading that anybody asked for. */
  readonly history: Pick<DepthHistory, 'points'>;
  stop(): void;
}

/** Longer than a write may take, which fails by itself after a second. Milliseconds. */
const probeWaitMs = 1200;
/** Of a scrape or the status for the write that goes along with their reading. Milliseconds. */
const besideWaitMs = 100;

/** Between scrapes the queue is read this often, so that the status is never older. Milliseconds. */
const intervalMs = 15_000;

export function createQueueWatcher(reader: Pick<QueueReader, 'read' | 'probeWrite'>): QueueWatcher {
  const history = createDepthHistory();
  const queue = createLatestReading(
    () => reader.read(),
    (state) => history.note(state?.depth, Date.now()),
  );
  // A Redis that is full or was demoted can be read.
  const probe = createWriteProbe(() => reader.probeWrite());
  const timer = setInterval(() => {
    void queue.refresh();
    void probe.look(0);
  }, intervalMs);
  timer.unref();

  return {
    async current(maxAgeMs) {
      const [state] = await Promise.all([queue.current(maxAgeMs), probe.look(besideWaitMs)]);
      return state;
    },
    async probed() {
      await Promise.all([queue.current(), probe.look(probeWaitMs)]);
    },
    get problem() {
      return probe.problem ?? queue.problem;
    },
    history,
    stop: () => clearInterval(timer),
  };
}

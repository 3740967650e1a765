import type { QueueReader, QueueState } from '../queue/queue-reader.js';
import { createDepthHistory, type DepthHistory } from './depth-history.js';
import { createLatestReading, type LatestReading } from './latest-reading.js';

export interface QueueWatcher extends Pick<LatestReading<QueueState>, 'current' | 'problem'> {
  /** How deep the queue was in the last quarter of an hour, from every reading that anybody asked for. */
  readonly history: Pick<DepthHistory, 'points'>;
  stop(): void;
}

/** Between scrapes the queue is read this often, so that the status is never older. Milliseconds. */
const intervalMs = 15_000;

export function createQueueWatcher(reader: Pick<QueueReader, 'read'>): QueueWatcher {
  const history = createDepthHistory();
  const queue = createLatestReading(
    () => reader.read(),
    (state) => history.note(state?.depth, Date.now()),
  );
  const timer = setInterval(() => void queue.refresh(), intervalMs);
  timer.unref();

  return {
    current: queue.current,
    get problem() {
      return queue.problem;
    },
    history,
    stop: () => clearInterval(timer),
  };
}

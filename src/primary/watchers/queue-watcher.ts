import type { QueueReader, QueueState } from '../../queue/queue-reader.js';
import { createDepthHistory, type DepthHistory } from './depth-history.js';
import { createLatestReading, type LatestReading } from './latest-reading.js';
import { createWriteProbe } from './coalesced-write-probe.js';

/** Reads the queue and tests writes, on request and every 15 s. */
export interface QueueWatcher extends Pick<LatestReading<QueueState>, 'current'> {
  /** Resolves when `problem` is at most a second old, after a test write if necessary. Waits 1.2 s at most. */
  probed(): Promise<void>;
  /** Why Redis accepts no job or cannot be read, in its own words; undefined: it does both. */
  readonly problem: string | undefined;
  /** The queue's depth over the last 15 minutes, from all readings. */
  readonly history: Pick<DepthHistory, 'points'>;
  stop(): void;
}

/** Longer than the command timeout of a test write, one second. Milliseconds. */
const probeWaitMs = 1200;
/** How long a scrape or the status waits for a test write. Milliseconds. */
const besideWaitMs = 100;

/** Interval of readings without a scrape: bounds the age of the status. Milliseconds. */
const intervalMs = 15_000;

export function createQueueWatcher(reader: Pick<QueueReader, 'read' | 'probeWrite'>): QueueWatcher {
  const history = createDepthHistory();
  const queue = createLatestReading(
    () => reader.read(),
    (state) => history.note(state?.depth, Date.now()),
  );
  // A Redis that is full or was demoted can still be read.
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

/**
 * Runs of metrics' `collect` functions: one at a time for each metric, and one that never ends holds up no other.
 *
 * Must not know: what is collected, nor who asks for it.
 */
/** How long a call waits for a run by default, milliseconds: for longer than a scrape waits for its answer. */
const longestWaitMs = 5000;

export interface Collectable {
  /** Whether there is anything to run. */
  readonly collects: boolean;
  collect(): Promise<void>;
}

interface Run {
  readonly ended: Promise<void>;
  /** A call has waited for it as long as it may; no other waits for it again. */
  isOverdue: boolean;
}

export class CollectRuns {
  readonly #running = new Map<Collectable, Run>();

  /** @param failed told of each run that rejects */
  constructor(readonly failed: (error: unknown) => void) {}

  /** Starts a run of each that has none, and waits for all that are not overdue. Never rejects. */
  async collect(metrics: Iterable<Collectable>, waitMs = longestWaitMs): Promise<void> {
    const awaited: Run[] = [];
    for (const metric of metrics) {
      if (!metric.collects) continue;
      const run = this.#running.get(metric) ?? this.#start(metric);
      if (!run.isOverdue) awaited.push(run);
    }
    const ended = Promise.all(awaited.map((run) => run.ended));
    if (awaited.length === 0) {
      await ended;
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        // What has ended by now is not looked up again.
        for (const run of awaited) run.isOverdue = true;
        resolve();
      }, waitMs);
      timer.unref();
    });
    await Promise.race([ended, late]);
    clearTimeout(timer);
  }

  #start(metric: Collectable): Run {
    const ended = metric
      .collect()
      .catch(this.failed)
      .finally(() => this.#running.delete(metric));
    const run: Run = { ended, isOverdue: false };
    this.#running.set(metric, run);
    return run;
  }
}

/**
 * What takes time in following metrics: readings that a report waits for, and runs of `collect` functions, of which one that
 * never ends holds up no other.
 * Must not know: what is read or collected, nor who asks for it.
 */
import { within } from '../../wire/pace.js';

/** How long a call of `collect` waits for runs by default, milliseconds: for longer than a scrape waits for its answer. */
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

export class Reads {
  readonly #failed: (error: unknown) => void;
  readonly #pending = new Set<Promise<void>>();
  readonly #runs = new Map<Collectable, Run>();

  /** @param failed told of each reading or run that rejects */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** A reading that must end before a report holds everything. */
  add(reading: Promise<void>): void {
    const pending = reading.catch(this.#failed).finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
  }

  /** Undefined when nothing is being read. */
  get ended(): Promise<unknown> | undefined {
    return this.#pending.size === 0 ? undefined : Promise.all(this.#pending);
  }

  /** Starts a run of each that has none, and waits for all that are not overdue. Never rejects. */
  async collect(metrics: Iterable<Collectable>, waitMs = longestWaitMs): Promise<void> {
    const awaited: Run[] = [];
    for (const metric of metrics) {
      if (!metric.collects) continue;
      const run = this.#runs.get(metric) ?? this.#start(metric);
      if (!run.isOverdue) awaited.push(run);
    }
    if (awaited.length === 0) return;
    const ended = Promise.all(awaited.map((run) => run.ended)).then(() => true);
    // What has ended by now is not looked up again.
    if ((await within(waitMs, ended)) === undefined) for (const run of awaited) run.isOverdue = true;
  }

  #start(metric: Collectable): Run {
    const ended = metric
      .collect()
      .catch(this.#failed)
      .finally(() => this.#runs.delete(metric));
    const run: Run = { ended, isOverdue: false };
    this.#runs.set(metric, run);
    return run;
  }
}

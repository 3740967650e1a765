/**
 * What a reporter promises, and what it can be told.
 * Must not know: how it is done.
 */
import type { Identity } from '../../wire/protocol.js';
import type { ChildChannel } from '../../wire/channels/transport.js';
import type { ChangeTracker } from '../following/change-tracker.js';

export interface ReporterOptions {
  /**
   * Labels that tell this child from the others, for `per-child` gauges. Default: `{ worker: <cluster id> }` in a child of the
   * cluster. Elsewhere `role` defaults to `process` or `thread`, and `slot` to the lowest number that is free in the primary.
   */
  readonly identity?: Identity;
  /** Default: one that follows the registries of `ClusterRegistry.setRegistries`. */
  readonly tracker?: ChangeTracker;
  /** How often an idle child says that it lives, and looks for what went around the recording. Milliseconds; default: 1000. */
  readonly heartbeatMs?: number;
  /**
   * The path of a primary's unix socket (`registry.listen(path)`), for a process that the primary did not start. It connects
   * when there is one, and again after the primary was started anew. Default: not used.
   */
  readonly connect?: string;
  /**
   * The way to the primary. Default: the one to what started this process or thread: the IPC channel of `cluster.fork()` and
   * `child_process.fork()`, or broadcast channels to the parent thread.
   */
  readonly channel?: ChildChannel;
  /** Told of a `collect` function or a `get()` that failed. Default: the first one is a warning of the process. */
  readonly onError?: (error: unknown) => void;
}

export interface Reporter {
  readonly tracker: ChangeTracker;
  /**
   * Group commit: resolves with true when everything that was counted before the call was handed to the kernel, from where
   * not even a SIGKILL of this process takes it back. All calls of one turn of the event loop share one frame.
   *
   * Resolves with false when that did not happen: `withinMs` have passed, there is no primary, or the reporter was stopped.
   * After `withinMs` nothing is lost yet: the changes wait in this process and are reported when the primary reads again, unless
   * this process ends before. The same holds when a socket has no primary, and then it is told at once. When the primary that
   * started this process is gone, everything is lost, with its totals.
   * Never rejects, never blocks; may be called any number of times concurrently.
   */
  commit(options?: CommitOptions): Promise<boolean>;
  /**
   * Counts what `update` counts, unless the same key was counted before, by whichever child. For events that may be
   * reported again because their reporter died half way, such as the end of a job.
   *
   * @param update changes metrics, synchronously. If it throws, the error is passed on, what it had changed by then counts
   *   without the key, and the key is not remembered
   * @throws {ClusterMetricsError} INVALID_VALUE for a `rememberMs` that is not a positive, finite number
   */
  once(key: string, update: () => void, options?: OnceOptions): void;
  /**
   * Reports what is left and stops; metrics that were taken over are given back with their values. A reporter that
   * starts afterwards for the same primary reports what has been counted since, and nothing twice.
   * Takes five seconds at most when the primary does not read. A frame that waits for a socket without a primary is lost.
   */
  stop(): Promise<void>;
}

export interface CommitOptions {
  /** How long to wait for a primary that does not read. Milliseconds; default: for as long as it takes. */
  readonly withinMs?: number;
}

export interface OnceOptions {
  /**
   * For how long the primary remembers the key, from the first report of it. It must cover the time in which the event
   * may be reported again. Takes 11 to 17 bytes of the primary's memory for each key. Milliseconds; default: one hour.
   */
  readonly rememberMs?: number;
}

import type { Logger } from '../../logging/logger.js';
import type { Configuration } from '../reload/child-configuration.js';
import type { ReplaceableSlot } from '../reload/rolling-reload.js';
import { restartDelayMs, stableAfterMs } from './backoff.js';
import { type ChildHandle, describeChild, type Place } from './child-handle.js';
import { detailOf, type Ending } from './ending.js';

/** A place that always has a child: a child that dies is restarted, with growing delay, and a reload replaces the child. */
export interface Slot extends ReplaceableSlot {
  /** The child that has the slot; undefined: it waits for a restart. */
  readonly child: ChildHandle | undefined;
  /** Children that were replaced in a reload, and still finish their work. */
  readonly predecessors: ReadonlySet<ChildHandle>;
  /** All processes of the slot: the child, its predecessors, and a successor that does not serve yet. */
  readonly processes: readonly ChildHandle[];
  readonly restarts: number;
  /** Of the last child that had to be restarted. */
  readonly lastEnding: (Ending & { readonly atMs: number }) | undefined;
  /** Forks a child. */
  fill(): void;
  /** Forks no child from now on. */
  close(): void;
}

export interface SlotOptions extends Place {
  /** Of the first child. */
  readonly configuration: Configuration;
  readonly fork: (place: Place, configuration: Configuration) => ChildHandle;
  /** For a child that is replaced. Milliseconds. */
  readonly drainDeadlineMs: number;
  readonly onChildEnded: (child: ChildHandle, ending: Ending) => void;
  readonly onRestart: (role: Place['role'], reason: Ending['reason']) => void;
  readonly log: Logger;
}

export function createSlot(options: SlotOptions): Slot {
  const { role, slot, drainDeadlineMs, log } = options;
  let child: ChildHandle | undefined;
  let running = options.configuration;
  /** The configuration of the child's successor if it dies. */
  let restartWith = options.configuration;
  const successors = new Set<ChildHandle>();
  const predecessors = new Set<ChildHandle>();
  let failures = 0;
  let restarts = 0;
  let lastEnding: Slot['lastEnding'];
  let restartTimer: NodeJS.Timeout | undefined;
  let closed = false;

  const fork = (configuration: Configuration): ChildHandle => {
    const forked = options.fork({ role, slot }, configuration);
    void forked.ended.then((ending) => noteEnd(forked, ending));
    return forked;
  };

  const fill = (): void => {
    if (closed) return;
    running = restartWith;
    child = fork(running);
  };

  const noteEnd = (ended: ChildHandle, ending: Ending): void => {
    options.onChildEnded(ended, ending);
    successors.delete(ended);
    predecessors.delete(ended);
    if (child !== ended) return; // it was replaced before it ended
    child = undefined;
    if (closed || ending.expected) return;
    failures = ended.ageMs >= stableAfterMs ? 1 : failures + 1;
    restarts += 1;
    lastEnding = { ...ending, atMs: Date.now() };
    options.onRestart(role, ending.reason);
    const delayMs = restartDelayMs(failures, ending.reason);
    const { reason, code, signal } = ending;
    log.error(
      { child: describeChild(ended), reason, code, signal, restart_in_ms: delayMs },
      `child ended: ${detailOf(ending)}`,
    );
    restartTimer = setTimeout(fill, delayMs);
  };

  return {
    role,
    slot,
    get child() {
      return child;
    },
    predecessors,
    get processes() {
      return [...(child === undefined ? [] : [child]), ...successors, ...predecessors];
    },
    get restarts() {
      return restarts;
    },
    get lastEnding() {
      return lastEnding;
    },
    get configuration() {
      return child === undefined ? restartWith : running;
    },
    restartWith(configuration) {
      restartWith = configuration;
    },
    fill,
    async replace(configuration) {
      if (closed) return { failure: 'the service stops' };
      const next = fork(configuration);
      successors.add(next);
      const outcome = await Promise.race([next.serving, next.ended]);
      if (outcome !== undefined) return { failure: detailOf(outcome) };
      successors.delete(next);
      // Not earlier: an empty slot must be filled even if the new child fails. A child that has filled it since is replaced.
      clearTimeout(restartTimer);
      const old = child;
      child = next;
      running = configuration;
      restartWith = configuration;
      failures = 0;
      if (old === undefined || old.life === 'ended') return undefined;
      predecessors.add(old);
      old.drain(drainDeadlineMs);
      await old.ended;
      return undefined;
    },
    close() {
      closed = true;
      clearTimeout(restartTimer);
    },
  };
}

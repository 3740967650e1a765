import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../logging/logger.js';
import type { ChildRole } from '../../ipc/control-protocol.js';
import type { Configuration } from './child-configuration.js';

/** A child's place, for a reload. */
export interface ReplaceableSlot {
  readonly role: ChildRole;
  readonly slot: number;
  /** The configuration of its child; without a child, of the next one. */
  readonly configuration: Configuration;
  /** The configuration with which the slot restarts when its child dies. */
  restartWith(configuration: Configuration): void;
  /**
   * Starts a child beside the current one. When it serves, it takes the slot: restarts then use its configuration, and the
   * current child drains.
   *
   * Resolves when the previous child has ended.
   *
   * @returns why the new child did not start, in which case nothing has changed; undefined: it has taken the slot
   */
  replace(configuration: Configuration): Promise<{ readonly failure: string } | undefined>;
}

export interface FailedReload {
  /** RFC 3339 */
  readonly since: string;
  readonly problem: string;
}

export type ReloadOutcome =
  | { readonly kind: 'replaced' }
  /** Another reload was requested, or the service stops; slots may run either configuration. */
  | { readonly kind: 'interrupted' }
  /** All slots run the previous configuration again. */
  | { readonly kind: 'rolled-back' };

export interface RollingReload {
  readonly slots: readonly ReplaceableSlot[];
  readonly next: Configuration;
  readonly previous: Configuration;
  /** Aborted when the service stops; ends the reload between two replacements. */
  readonly stopped: AbortSignal;
  /** Aborted when another reload is requested; ends the rollback. */
  readonly superseded: AbortSignal;
  /** Called when the reload has failed, before the rollback. */
  readonly onFailed: (problem: string) => void;
  readonly log: Logger;
  /** Delays between attempts on one slot; after the last one the slot has failed. Milliseconds. */
  readonly pausesMs?: readonly number[];
}

/** The next attempt succeeds if the new child was killed, or Redis did not answer for a moment. Milliseconds. */
const defaultPausesMs = [200, 1000, 3000] as const;

/** Delay between rounds of the rollback: doubles up to the second value. Milliseconds. */
const firstRoundMs = 1000;
const longestRoundMs = 60_000;

/**
 * Replaces all children, one by one. Workers come first: a webhook that an http child accepts under the new configuration
 * finds a worker that knows it. When a slot cannot be replaced, the replaced slots are rolled back to the previous
 * configuration, http first for the same reason, so that all children run one configuration.
 */
export async function rollingReload(reload: RollingReload): Promise<ReloadOutcome> {
  const { slots, next, stopped, onFailed, log, pausesMs = defaultPausesMs } = reload;
  const tries = { configuration: next, pausesMs, ended: stopped, log };
  for (const slot of workersFirst(slots)) {
    const failure = await replaceWithTries(slot, tries);
    if (stopped.aborted) return { kind: 'interrupted' };
    if (failure !== undefined) {
      const problem = `the new ${slot.role} child for slot ${slot.slot} did not start in ${pausesMs.length + 1} tries: ${failure}`;
      onFailed(problem);
      return rollBack(reload);
    }
  }
  return { kind: 'replaced' };
}

/** Rolls back until all slots are done: one that cannot be replaced keeps its working child until the next round. */
async function rollBack(reload: RollingReload): Promise<ReloadOutcome> {
  const { slots, previous, stopped, superseded, log, pausesMs = defaultPausesMs } = reload;
  const ended = AbortSignal.any([stopped, superseded]);
  const tries = { configuration: previous, pausesMs, ended, log };
  for (const slot of slots) slot.restartWith(previous);
  let left = workersFirst(slots).reverse();
  for (let roundMs = firstRoundMs; ; roundMs = Math.min(2 * roundMs, longestRoundMs)) {
    const failed: ReplaceableSlot[] = [];
    for (const slot of left) {
      if (ended.aborted) return { kind: 'interrupted' };
      // Not replaced yet, or restarted with the previous configuration after its child died.
      if (slot.configuration === previous) continue;
      if ((await replaceWithTries(slot, tries)) !== undefined) failed.push(slot);
    }
    if (ended.aborted) return { kind: 'interrupted' };
    if (failed.length === 0) return { kind: 'rolled-back' };
    left = failed;
    log.error(
      { slots: left.map(({ role, slot }) => `${role} ${slot}`), again_in_ms: roundMs },
      'children still run the configuration of the reload that failed',
    );
    await pause(roundMs, ended);
  }
}

interface Tries {
  readonly configuration: Configuration;
  /** Delays before each attempt after the first. Milliseconds. */
  readonly pausesMs: readonly number[];
  readonly ended: AbortSignal;
  readonly log: Logger;
}

/** @returns why the last attempt failed; undefined: the child is replaced, or the reload has ended */
async function replaceWithTries(
  slot: ReplaceableSlot,
  { configuration, pausesMs, ended, log }: Tries,
): Promise<string | undefined> {
  for (let tried = 0; ; tried++) {
    if (ended.aborted) return undefined;
    const failed = await slot.replace(configuration);
    if (failed === undefined || ended.aborted) return undefined;
    const pauseMs = pausesMs[tried];
    if (pauseMs === undefined) return failed.failure;
    log.warn(
      { role: slot.role, slot: slot.slot, again_in_ms: pauseMs },
      `a new child did not start: ${failed.failure}`,
    );
    await pause(pauseMs, ended);
  }
}

function workersFirst(slots: readonly ReplaceableSlot[]): ReplaceableSlot[] {
  return [...slots.filter(({ role }) => role === 'worker'), ...slots.filter(({ role }) => role === 'http')];
}

async function pause(ms: number, ended: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: ended }).catch(() => undefined);
}

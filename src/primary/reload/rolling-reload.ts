import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../logging/logger.js';
import type { ChildRole } from '../../ipc/protocol.js';
import type { Configuration } from './configuration.js';

/** A child's place, as a reload sees it. */
export interface ReplaceableSlot {
  readonly role: ChildRole;
  readonly slot: number;
  /** What its child runs, or the next one will if it has none. */
  readonly configuration: Configuration;
  /** The configuration with which the slot restarts when its child dies. */
  restartWith(configuration: Configuration): void;
  /**
   * Starts a child beside the current one. When it serves, it takes the slot: restarts then use its configuration, and the
   * current child drains.
   *
   * @returns when the one before has ended; or why the new child did not start, in which case nothing has changed
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
  /** Ends the reload between two replacements: the service stops. */
  readonly stopped: AbortSignal;
  /** Ends the rollback: the next reload replaces it. */
  readonly superseded: AbortSignal;
  /** Called when the reload has failed, before the rollback. */
  readonly onFailed: (problem: string) => void;
  readonly log: Logger;
  /** Delays between attempts on one slot; after the last one the slot has failed. Milliseconds. */
  readonly pausesMs?: readonly number[];
}

/** A new child that is killed, or that Redis does not answer for a moment, starts at the next attempt. */
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
      return goBack(reload);
    }
  }
  return { kind: 'replaced' };
}

/** Repeats until it succeeds: a slot that cannot be replaced keeps its working child until the next round. */
async function goBack(reload: RollingReload): Promise<ReloadOutcome> {
  const { slots, previous, stopped, superseded, log, pausesMs = defaultPausesMs } = reload;
  const ended = AbortSignal.any([stopped, superseded]);
  const tries = { configuration: previous, pausesMs, ended, log };
  for (const slot of slots) slot.restartWith(previous);
  let left = workersFirst(slots).reverse();
  for (let roundMs = firstRoundMs; ; roundMs = Math.min(2 * roundMs, longestRoundMs)) {
    const failed: ReplaceableSlot[] = [];
    for (const slot of left) {
      if (ended.aborted) return { kind: 'interrupted' };
      // Not replaced yet, or it died meanwhile and was restarted with the previous configuration.
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
  /** Before each attempt after the first. */
  readonly pausesMs: readonly number[];
  readonly ended: AbortSignal;
  readonly log: Logger;
}

/** @returns why it failed the last time; undefined: it is replaced, or there is no more need */
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
  // Not before its time is over, or there is nothing more to wait for.
  await sleep(ms, undefined, { signal: ended }).catch(() => undefined);
}

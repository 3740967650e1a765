import cluster from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Socket } from 'node:net';
import type { Logger } from '../logging/logger.js';
import { type ChildRole, childRoles, machineMs, protocolVersion } from '../ipc/protocol.js';
import { type ChildState, childStates, type RestartReason } from '../telemetry/metrics.js';
import { restartDelayMs, stableAfterMs } from './backoff.js';
import { type ChildHandle, type Ending, forkChild } from './child-handle.js';
import { raisePriority } from './process-priority.js';
import type { Configuration, ReplaceableSlot } from './rolling-reload.js';

/** Reports of children, as the aggregation sees them. */
export interface ChildReports {
  /** Milliseconds since its last report; undefined: it has not reported yet. */
  ageMs(workerId: number): number | undefined;
}

export interface SupervisorOptions {
  readonly processes: Readonly<Record<ChildRole, number>>;
  /** Silence after which a child counts as stale, and after which it is replaced. */
  readonly staleMs: number;
  readonly hungMs: number;
  readonly drainDeadlineMs: number;
  readonly redisUrl: string;
  /** Held open by every child, so that the embedded Redis outlives none of them; undefined: Redis is elsewhere. */
  readonly lifeline: () => Socket | undefined;
  /** The configuration of the first children. */
  readonly configuration: Configuration;
  readonly reports: ChildReports;
  readonly log: Logger;
  readonly onRestart: (role: ChildRole, reason: RestartReason) => void;
  readonly onJobStarted: (child: ChildHandle, jobId: string, token: string) => void;
  readonly onJobLeft: (child: ChildHandle, jobId: string) => void;
  readonly onJobEnded: (child: ChildHandle, jobId: string) => void;
  readonly onChildEnded: (child: ChildHandle, ending: Ending) => void;
}

/** A child's stable place: its number stays the same across restarts. */
interface Slot {
  readonly role: ChildRole;
  readonly slot: number;
  child: ChildHandle | undefined;
  /** The configuration of that child. */
  running: Configuration;
  /** The configuration of its successor if it dies. */
  restartWith: Configuration;
  failures: number;
  restarts: number;
  lastEnding: (Ending & { readonly at: number }) | undefined;
  timer: NodeJS.Timeout | undefined;
}

export interface ChildStatus {
  readonly role: ChildRole;
  readonly slot: number;
  readonly pid: number | undefined;
  readonly state: ChildState;
  /** Seconds. */
  readonly uptime: number;
  readonly restarts: number;
  readonly lastRestart: { readonly reason: RestartReason; readonly at: string; readonly detail: string } | undefined;
  readonly reportAgeSeconds: number | undefined;
  /** Why it cannot use Redis; undefined: it can, or is no worker. */
  readonly redisProblem: string | undefined;
  /** Id of the configuration that it runs, or will run. */
  readonly configuration: string;
}

export interface Supervisor {
  /** Forks all children. */
  start(): void;
  /** For a reload, which replaces the child of each. */
  readonly slots: readonly ReplaceableSlot[];
  /** These tenants are accepted by no http child that is started from now on, until {@link openTenants}. */
  holdBack(tenantIds: readonly string[]): void;
  /** Makes all http children accept them at the same moment. Resolves after that moment. */
  openTenants(): Promise<void>;
  /** Lets all children finish their work, by the deadline. */
  drain(deadlineMs: number): Promise<void>;
  status(): readonly ChildStatus[];
  childCounts(): Readonly<Record<ChildRole, Readonly<Record<ChildState, number>>>>;
  activeWorkers(): number;
}

const watchdogIntervalMs = 1000;
/** Notice that all http children get before the moment in which they open the tenants. Milliseconds. */
const toldWithinMs = 100;

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { log, hungMs } = options;
  const slots: Slot[] = childRoles.flatMap((role) =>
    Array.from({ length: options.processes[role] }, (_, slot) => ({
      role,
      slot,
      child: undefined,
      running: options.configuration,
      restartWith: options.configuration,
      failures: 0,
      restarts: 0,
      lastEnding: undefined,
      timer: undefined,
    })),
  );
  const instance = randomUUID();
  /** Started in a reload, and not serving yet. */
  const joining = new Set<ChildHandle>();
  /** Replaced in a reload, and still finishing their work. */
  const leaving = new Set<ChildHandle>();
  const leaveBehind = raisePriority();
  let heldBack: readonly string[] = [];
  let stopping = false;
  let watchdog: NodeJS.Timeout | undefined;

  const fork = (slot: Slot, configuration: Configuration): ChildHandle => {
    const lifeline = options.lifeline();
    // No scheduling by the primary: it leaves one client hanging for each killed child (docs/adr/0002).
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({
      exec: fileURLToPath(new URL('../child-entry.js', import.meta.url)),
      args: [],
      serialization: 'json',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...(lifeline ? [lifeline] : [])],
    });
    const child = forkChild({
      role: slot.role,
      slot: slot.slot,
      variables: configuration.variables,
      start: () => ({
        type: 'te:start',
        version: protocolVersion,
        tenants: configuration.tenants,
        redisUrl: options.redisUrl,
        instance,
        heldBack: slot.role === 'http' ? [...heldBack] : [],
      }),
      events: {
        ready: (ready) => log.info({ child: describe(ready) }, 'child is ready'),
        jobStarted: options.onJobStarted,
        jobLeft: options.onJobLeft,
        jobEnded: options.onJobEnded,
        misunderstood: (whom, detail) => log.warn({ child: describe(whom) }, `a child was not understood: ${detail}`),
      },
    });
    leaveBehind(child.pid);
    void child.ended.then((ending) => noteEnd(slot, child, ending));
    return child;
  };

  const fill = (slot: Slot): void => {
    slot.timer = undefined;
    if (stopping) return;
    slot.running = slot.restartWith;
    slot.child = fork(slot, slot.running);
  };

  const noteEnd = (slot: Slot, child: ChildHandle, ending: Ending): void => {
    options.onChildEnded(child, ending);
    joining.delete(child);
    leaving.delete(child);
    if (slot.child !== child) return; // it was replaced before it ended
    slot.child = undefined;
    if (stopping || ending.expected) return;
    slot.failures = child.ageMs >= stableAfterMs ? 1 : slot.failures + 1;
    slot.restarts += 1;
    slot.lastEnding = { ...ending, at: Date.now() };
    options.onRestart(slot.role, ending.reason);
    const delayMs = restartDelayMs(slot.failures, ending.reason);
    log.error(
      {
        child: describe(child),
        reason: ending.reason,
        code: ending.code,
        signal: ending.signal,
        restart_in_ms: delayMs,
      },
      `child ended: ${detailOf(ending)}`,
    );
    slot.timer = setTimeout(() => fill(slot), delayMs);
  };

  /** After the primary was stopped or blocked, reports of children are still unread: the children are not silent. */
  let lastWatchMs = performance.now();
  const watch = (): void => {
    const nowMs = performance.now();
    const wasBlocked = nowMs - lastWatchMs > 2 * watchdogIntervalMs;
    lastWatchMs = nowMs;
    if (wasBlocked) return;
    for (const child of [...slots.map((slot) => slot.child), ...joining]) {
      if (child === undefined || child.life === 'draining') continue;
      const silentMs = options.reports.ageMs(child.workerId) ?? child.ageMs;
      if (silentMs <= hungMs) continue;
      log.error(
        { child: describe(child), silent_ms: Math.round(silentMs) },
        'child does not report any more; it is replaced',
      );
      child.kill(child.life === 'starting' ? 'start_failed' : 'hung');
    }
  };

  const replace = async (slot: Slot, configuration: Configuration): ReturnType<ReplaceableSlot['replace']> => {
    if (stopping) return { failure: 'the service stops' };
    const next = fork(slot, configuration);
    joining.add(next);
    const outcome = await Promise.race([next.serving, next.ended]);
    if (outcome !== undefined) return { failure: detailOf(outcome) };
    joining.delete(next);
    // Not before: an empty slot must be filled also when this one has failed. A child that filled it meanwhile is replaced.
    clearTimeout(slot.timer);
    const old = slot.child;
    slot.child = next;
    slot.running = configuration;
    slot.restartWith = configuration;
    slot.failures = 0;
    if (old === undefined || old.life === 'ended') return undefined;
    leaving.add(old);
    old.drain(options.drainDeadlineMs);
    await old.ended;
    return undefined;
  };

  return {
    start() {
      for (const slot of slots) fill(slot);
      watchdog = setInterval(watch, watchdogIntervalMs);
      watchdog.unref();
    },
    slots: slots.map((slot) => ({
      role: slot.role,
      slot: slot.slot,
      get configuration() {
        return slot.child === undefined ? slot.restartWith : slot.running;
      },
      restartWith(configuration) {
        slot.restartWith = configuration;
      },
      replace: (configuration) => replace(slot, configuration),
    })),
    holdBack(tenantIds) {
      heldBack = tenantIds;
    },
    async openTenants() {
      if (heldBack.length === 0) return;
      heldBack = [];
      const atMs = machineMs() + toldWithinMs;
      for (const { child, role } of slots) if (role === 'http') child?.openTenants(atMs);
      await sleep(toldWithinMs);
    },
    async drain(deadlineMs) {
      stopping = true;
      clearInterval(watchdog);
      for (const slot of slots) clearTimeout(slot.timer);
      const children = [...slots.flatMap(({ child }) => (child ? [child] : [])), ...joining, ...leaving];
      for (const child of children) child.drain(deadlineMs);
      await Promise.all(children.map((child) => child.ended));
    },
    status: () => slots.map((slot) => statusOf(slot)),
    childCounts() {
      const counts = { http: zeroCounts(), worker: zeroCounts() };
      for (const slot of slots) counts[slot.role][stateOf(slot)] += 1;
      for (const child of leaving) counts[child.role].draining += 1;
      return counts;
    },
    activeWorkers: () => slots.filter((slot) => slot.role === 'worker' && stateOf(slot) === 'ready').length,
  };

  function stateOf({ child }: Slot): ChildState {
    if (child === undefined || child.life === 'ended') return 'backoff';
    if (child.incompatible) return 'incompatible';
    if (child.life !== 'ready') return child.life;
    const ageMs = options.reports.ageMs(child.workerId);
    return !child.connected || (ageMs !== undefined && ageMs > options.staleMs) ? 'stale' : 'ready';
  }

  function statusOf(slot: Slot): ChildStatus {
    const { child, lastEnding } = slot;
    const ageMs = child ? options.reports.ageMs(child.workerId) : undefined;
    return {
      role: slot.role,
      slot: slot.slot,
      pid: child?.pid,
      state: stateOf(slot),
      uptime: child ? Math.round(child.ageMs / 1000) : 0,
      restarts: slot.restarts,
      lastRestart: lastEnding && {
        reason: lastEnding.reason,
        at: new Date(lastEnding.at).toISOString(),
        detail: detailOf(lastEnding),
      },
      reportAgeSeconds: ageMs === undefined ? undefined : Math.round(ageMs) / 1000,
      redisProblem: child?.redisProblem,
      configuration: (child === undefined ? slot.restartWith : slot.running).id,
    };
  }
}

function zeroCounts(): Record<ChildState, number> {
  const counts: Partial<Record<ChildState, number>> = {};
  for (const state of childStates) counts[state] = 0;
  return counts as Record<ChildState, number>;
}

function describe({ role, slot, pid }: ChildHandle) {
  return { role, slot, pid };
}

function detailOf({ message, code, signal, reason }: Ending): string {
  if (message !== undefined) return message;
  if (reason === 'hung') return 'it did not report any more';
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

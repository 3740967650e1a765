import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChildRole, childRoles, machineMs, protocolVersion } from '../../ipc/control-protocol.js';
import type { Logger } from '../../logging/logger.js';
import type { ChildState } from '../../telemetry/catalog.js';
import type { Configuration } from '../reload/child-configuration.js';
import type { ReplaceableSlot } from '../reload/rolling-reload.js';
import { type ChildEvents, type ChildHandle, describeChild, type Place } from './child-handle.js';
import { type ChildReports, type ChildStatus, stateOfChild, statusOf } from './child-status.js';
import { forkChild } from './fork-child.js';
import { raisePriority } from './process-priority.js';
import { createSlot, type SlotOptions } from './slot.js';
import { watchForHungChildren } from './watchdog.js';

export interface SupervisorOptions
  extends Pick<SlotOptions, 'configuration' | 'drainDeadlineMs' | 'onRestart' | 'onChildEnded'>,
    Pick<ChildEvents, 'jobStarted' | 'jobLeft' | 'jobEnded'> {
  readonly processes: Readonly<Record<ChildRole, number>>;
  readonly reports: ChildReports;
  /** Silence after which a child is replaced. Milliseconds. */
  readonly hungMs: number;
  readonly redisUrl: string;
  /** Held open by every child, so that the embedded Redis outlives none of them; undefined: Redis is elsewhere. */
  readonly lifeline: () => Socket | undefined;
  readonly log: Logger;
}

/** Keeps the configured number of children of each role running. */
export interface Supervisor {
  /** Forks all children. */
  start(): void;
  /** For a reload, which replaces the child of each. */
  readonly slots: readonly ReplaceableSlot[];
  /** These tenants are accepted by no http child that is started from now on, until {@link openTenants}. */
  holdBack(tenantIds: readonly string[]): void;
  /** Makes all http children accept them at the same moment. Resolves after that moment. */
  openTenants(): Promise<void>;
  /** Lets all children finish their work, within this time in milliseconds. Resolves when all have ended. */
  drain(deadlineMs: number): Promise<void>;
  status(): readonly ChildStatus[];
  childCounts(): Readonly<Record<ChildRole, Readonly<Record<ChildState, number>>>>;
  /** Workers that are ready. */
  activeWorkers(): number;
}

/** Notice that all http children get before the moment in which they open the tenants. Milliseconds. */
const noticeMs = 100;

const noChildren: Readonly<Record<ChildState, number>> = {
  starting: 0,
  ready: 0,
  draining: 0,
  stale: 0,
  incompatible: 0,
  backoff: 0,
};

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { log, reports, processes } = options;
  /** Names this run of the primary. */
  const instance = randomUUID();
  const lowerPriority = raisePriority();
  let heldBack: readonly string[] = [];
  let stopWatchdog: () => void = () => undefined;

  const events: ChildEvents = {
    ready: (child) => log.info({ child: describeChild(child) }, 'child is ready'),
    jobStarted: options.jobStarted,
    jobLeft: options.jobLeft,
    jobEnded: options.jobEnded,
    misunderstood: (child, detail) =>
      log.warn({ child: describeChild(child) }, `unusable message from a child: ${detail}`),
  };

  const fork = (place: Place, { variables, tenants }: Configuration): ChildHandle => {
    const child = forkChild({
      ...place,
      variables,
      lifeline: options.lifeline(),
      start: () => ({
        type: 'te:start',
        version: protocolVersion,
        tenants,
        redisUrl: options.redisUrl,
        instance,
        heldBack: place.role === 'http' ? [...heldBack] : [],
      }),
      events,
    });
    lowerPriority(child.pid);
    return child;
  };

  const slots = childRoles.flatMap((role) =>
    Array.from({ length: processes[role] }, (_, slot) => createSlot({ ...options, role, slot, fork })),
  );
  const allProcesses = () => slots.flatMap((slot) => slot.processes);

  return {
    start() {
      for (const slot of slots) slot.fill();
      stopWatchdog = watchForHungChildren({ ...options, children: allProcesses });
    },
    slots,
    holdBack(tenantIds) {
      heldBack = tenantIds;
    },
    async openTenants() {
      if (heldBack.length === 0) return;
      heldBack = [];
      const atMs = machineMs() + noticeMs;
      for (const { child, role } of slots) if (role === 'http') child?.openTenants(atMs);
      await sleep(noticeMs);
    },
    async drain(deadlineMs) {
      stopWatchdog();
      for (const slot of slots) slot.close();
      const children = allProcesses();
      for (const child of children) child.drain(deadlineMs);
      await Promise.all(children.map((child) => child.ended));
    },
    status: () => slots.map((slot) => statusOf(slot, reports)),
    childCounts() {
      const counts = { http: { ...noChildren }, worker: { ...noChildren } };
      for (const { role, child, predecessors } of slots) {
        counts[role][stateOfChild(child, reports)] += 1;
        counts[role].draining += predecessors.size;
      }
      return counts;
    },
    activeWorkers: () =>
      slots.filter(({ role, child }) => role === 'worker' && stateOfChild(child, reports) === 'ready').length,
  };
}

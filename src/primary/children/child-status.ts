import type { ChildRole } from '../../ipc/control-protocol.js';
import type { ChildState, RestartReason } from '../../telemetry/catalog.js';
import type { ChildHandle } from './child-handle.js';
import { detailOf } from './ending.js';
import type { Slot } from './slot.js';

/** The status of one slot, for operators. */
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

export interface ChildReports {
  /** Milliseconds since the child's last report of metrics; undefined: it has not reported yet. */
  ageMs(workerId: number): number | undefined;
  /** Silence after which a child counts as stale. Milliseconds. */
  readonly staleMs: number;
}

export function stateOfChild(child: ChildHandle | undefined, reports: ChildReports): ChildState {
  if (child === undefined || child.life === 'ended') return 'backoff';
  if (child.incompatible) return 'incompatible';
  if (child.life !== 'ready') return child.life;
  const ageMs = reports.ageMs(child.workerId);
  return !child.connected || (ageMs !== undefined && ageMs > reports.staleMs) ? 'stale' : 'ready';
}

export function statusOf(place: Slot, reports: ChildReports): ChildStatus {
  const { role, slot, child, restarts, lastEnding, configuration } = place;
  const ageMs = child && reports.ageMs(child.workerId);
  return {
    role,
    slot,
    pid: child?.pid,
    state: stateOfChild(child, reports),
    uptime: child ? Math.round(child.ageMs / 1000) : 0,
    restarts,
    lastRestart: lastEnding && {
      reason: lastEnding.reason,
      at: new Date(lastEnding.atMs).toISOString(),
      detail: detailOf(lastEnding),
    },
    reportAgeSeconds: ageMs === undefined ? undefined : Math.round(ageMs) / 1000,
    redisProblem: child?.redisProblem,
    configuration: configuration.id,
  };
}

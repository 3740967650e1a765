import { type ChildRole, childRoles } from '../../ipc/control-protocol.js';
import { degradedFrom } from '../../telemetry/objectives.js';
import type { ConditionAge } from './condition-ages.js';
import { quotation, moment } from './reason-text.js';
import type { ChildFact } from './state-facts.js';

/** Conditions of children, for the rules of state-reasons.ts. */

/** Roles with children of which none is ready. */
export function rolesWithoutReady(children: readonly ChildFact[]): ChildRole[] {
  return childRoles.filter((role) => {
    const ofRole = children.filter((child) => child.role === role);
    return ofRole.length > 0 && ofRole.every(({ state }) => state !== 'ready');
  });
}

function hasLasted(age: ConditionAge | undefined, ms: number = degradedFrom.missingMs): boolean {
  return age !== undefined && age.forMs >= ms;
}

/** It has not been ready for longer than an ordinary restart, or its first start, takes. */
export function isMissing({ state, lastEnding, missing }: ChildFact): boolean {
  const isFirstStart = state === 'starting' && lastEnding === undefined;
  return hasLasted(missing, isFirstStart ? degradedFrom.startMs : degradedFrom.missingMs);
}

/** It is ready, and has not been able to use Redis for as long. */
export function isCutOff({ state, redis }: ChildFact): boolean {
  return state === 'ready' && hasLasted(redis);
}

/** It is a worker that can take a job. */
export function canWork(child: ChildFact): boolean {
  return child.role === 'worker' && child.state === 'ready' && !isCutOff(child);
}

export function cutOffSince({ role, slot, redis }: ChildFact): string {
  return `${role} ${slot}${redis === undefined ? '' : ` ${withoutRedis(redis)}`}`;
}

function withoutRedis({ since, problem }: NonNullable<ChildFact['redis']>): string {
  return `cannot use Redis since ${moment(since)}${quotation(problem)}`;
}

/** A worker that starts waits for Redis as long as it takes, and logs nothing. */
export function stateSince(child: ChildFact): string {
  const since = child.missing === undefined ? '' : ` since ${moment(child.missing.since)}`;
  const redis = child.redis === undefined ? '' : ` and ${withoutRedis(child.redis)}`;
  return `${child.state === 'backoff' ? 'in backoff' : child.state}${since}${redis}${lastEnded(child)}`;
}

export function lastEnded({ lastEnding }: ChildFact): string {
  return lastEnding === undefined ? '' : ` (last ended: ${lastEnding})`;
}

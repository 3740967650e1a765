import type { ChildRole } from '../../ipc/protocol.js';
import { degradedFrom } from '../../telemetry/objectives.js';
import type { ConditionAge } from './condition-ages.js';
import { quotation, moment } from './reason-text.js';
import type { ChildFact } from './state-facts.js';

/** What the rules of the state (state-reasons.ts) ask about children. */

/** Roles with children of which none is ready. */
export function rolesWithoutReady(children: readonly ChildFact[]): ChildRole[] {
  return (['http', 'worker'] as const).filter((role) => {
    const ofRole = children.filter((child) => child.role === role);
    return ofRole.length > 0 && ofRole.every(({ state }) => state !== 'ready');
  });
}

function hasLasted(age: ConditionAge | undefined): boolean {
  return age !== undefined && age.forMs >= degradedFrom.missingMs;
}

/** It is not ready for longer than an ordinary restart takes. */
export function isMissing({ missing }: ChildFact): boolean {
  return hasLasted(missing);
}

/** It is ready, and has had no connection to Redis for as long. */
export function isCutOff({ state, redis }: ChildFact): boolean {
  return state === 'ready' && hasLasted(redis);
}

/** It is a worker that can take a job. */
export function canWork(child: ChildFact): boolean {
  return child.role === 'worker' && child.state === 'ready' && !isCutOff(child);
}

export function cutOffSince({ role, slot, redis }: ChildFact): string {
  return redis === undefined
    ? `${role} ${slot}`
    : `${role} ${slot} has no connection to Redis since ${moment(redis.since)}${quotation(redis.problem)}`;
}

export function stateSince(child: ChildFact): string {
  const since = child.missing === undefined ? '' : ` since ${moment(child.missing.since)}`;
  return `${child.state}${since}${lastEnded(child)}`;
}

export function lastEnded({ lastEnding }: ChildFact): string {
  return lastEnding === undefined ? '' : ` (last ended: ${lastEnding})`;
}

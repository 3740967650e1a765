import type { Fault } from './fault.js';
import { childFaults } from './faults/children.js';
import { deskFaults } from './faults/desk.js';
import { mortalFaults as mortal, primaryFaults } from './faults/primary.js';
import { redisFaults } from './faults/redis.js';
import { surroundingFaults } from './faults/surroundings.js';

export { usualDesk } from './faults/desk.js';
export { takeRedisAway } from './faults/redis.js';

/** Everything that the random drills inject. */
export const faults = {
  ...childFaults,
  ...primaryFaults,
  ...mortal,
  ...redisFaults,
  ...deskFaults,
  ...surroundingFaults,
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as readonly FaultName[];
/** After these there is another primary, and its counters begin anew. */
export const mortalFaults = Object.keys(mortal) as readonly FaultName[];

export function isFault(name: string): name is FaultName {
  return name in faults;
}

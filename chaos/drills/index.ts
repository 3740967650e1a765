import type { Drill } from '../drill.js';
import { randomFaults } from './random-faults.js';
import { redelivery } from './redelivery.js';
import { redisKills } from './redis-kills.js';

export const drills = {
  random: randomFaults,
  'redis-kills': redisKills,
  redelivery,
} as const satisfies Record<string, Drill>;

export type DrillName = keyof typeof drills;

/** What `npm test` runs: under a minute. */
export const shortDrills: readonly DrillName[] = ['random', 'redelivery'];

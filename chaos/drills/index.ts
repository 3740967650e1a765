import type { Drill } from '../drill.js';
import { clockJump } from './clock-jump.js';
import { crashLoop } from './crash-loop.js';
import { eachDesk } from './each-desk.js';
import { failover } from './failover.js';
import { frozenChild } from './frozen-child.js';
import { fullDisk } from './full-disk.js';
import { hostileTenantDrill } from './hostile-tenant.js';
import { keeperKills } from './keeper-kills.js';
import { killedChildren } from './killed-children.js';
import { killedPrimary } from './killed-primary.js';
import { machineLost } from './machine-lost.js';
import { poisonJob } from './poison-job.js';
import { randomDeaths } from './random-deaths.js';
import { randomFaults } from './random-faults.js';
import { redelivery } from './redelivery.js';
import { redisKills } from './redis-kills.js';
import { reloadUnderLoad } from './reload-under-load.js';
import { soak } from './soak.js';
import { stopAtStart } from './stop-at-start.js';
import { stopInWork } from './stop-in-work.js';
import { unfinishedReload } from './unfinished-reload.js';
import { unusableRedis } from './unusable-redis.js';

export const drills = {
  random: randomFaults,
  deaths: randomDeaths,
  desks: eachDesk,
  'redis-kills': redisKills,
  'keeper-kills': keeperKills,
  redelivery,
  'machine-lost': machineLost,
  'poison-job': poisonJob,
  failover,
  reload: reloadUnderLoad,
  'unfinished-reload': unfinishedReload,
  'killed-children': killedChildren,
  'unusable-redis': unusableRedis,
  'full-disk': fullDisk,
  'killed-primary': killedPrimary,
  'stop-in-work': stopInWork,
  'stop-at-start': stopAtStart,
  'crash-loop': crashLoop,
  'frozen-child': frozenChild,
  'clock-jump': clockJump,
  'hostile-tenant': hostileTenantDrill,
  soak,
} as const satisfies Record<string, Drill>;

export type DrillName = keyof typeof drills;

/** What `npm test` runs: about two minutes. */
export const shortDrills: readonly DrillName[] = ['random', 'failover', 'redelivery', 'poison-job', 'hostile-tenant'];

import { board } from './board.js';
import { cluster } from './cluster.js';
import { dependencies } from './dependencies.js';
import { overview } from './overview.js';
import { queue } from './queue.js';
import { tenant } from './tenant.js';

export function dashboards() {
  return [overview, tenant, queue, dependencies, cluster].map((definition) => ({
    uid: definition.uid,
    dashboard: board(definition),
  }));
}

import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/support/service.js';
import type { Drill } from '../drill.js';
import { cpuSecondsOf } from '../processes.js';
import type { Finding } from '../promises.js';
import { onTarget } from '../target.js';

/** Of the longest delays: what it costs for as long as nobody comes. */
const watchedMs = 60_000;
/** Four children from here to the longest delay, a minute. */
const growsForMs = 120_000;

export const crashLoop: Drill = {
  what: 'all children end at their start, each time',
  async run({ say }): Promise<readonly Finding[]> {
    return onTarget({ withDesk: false, unready: true, env: { CHAOS_CANNOT_START: 'yes' } }, async (target) => {
      await target.service.logged(/"restart_in_ms":1600/);
      const readiness = await fetch(`${target.service.metrics}/readyz`);
      const said = await readiness.text();
      const reasonSaid = readiness.status === 503 && said.includes('made to fail at its start');
      say(`/readyz ${readiness.status}: ${said.trim().slice(0, 160)}`);
      const delays = [...target.service.output().matchAll(/"restart_in_ms":(\d+)/g)].map(([, ms]) => Number(ms));
      const growing = new Set(delays).size >= 5;
      say('waiting for the delays to grow to a minute');
      await until('they have', () => /"restart_in_ms":60000/.test(target.service.output()), growsForMs);
      const before = await cpuSecondsOf(target.service.pid);
      await sleep(watchedMs);
      const share = ((await cpuSecondsOf(target.service.pid)) - before) / (watchedMs / 1000);
      return [
        {
          promise: 'crash loop',
          figure: `delays ${[...new Set(delays)].join(', ')} ms and on to a minute; /readyz ${readiness.status} ${reasonSaid ? 'with' : 'without'} the reason; ${(share * 100).toFixed(1)}% of a core, 4 children`,
          verdict: !growing || !reasonSaid ? 'broken' : share < 0.05 ? 'kept' : 'missed',
        },
      ];
    });
  },
};

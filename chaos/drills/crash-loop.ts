import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/support/service.js';
import type { Drill } from '../drill.js';
import { cpuSecondsOf } from '../processes.js';
import type { Finding } from '../promises.js';
import { startTarget } from '../target.js';

/** Two of the longest delays: what it costs for as long as nobody comes. */
const watchedMs = 60_000;
/** By then the delays have grown to their longest. */
const grownAfterMs = 45_000;

export const crashLoop: Drill = {
  what: 'worker children end at their start, each time',
  async run({ say }): Promise<readonly Finding[]> {
    const target = await startTarget({ withDesk: false, unready: true, env: { CHAOS_CANNOT_START: 'worker' } });
    try {
      await target.service.logged(/"restart_in_ms":1600/);
      const readiness = await fetch(`${target.service.metrics}/readyz`);
      const said = await readiness.text();
      const reasonSaid = readiness.status === 503 && said.includes('made to fail at its start');
      say(`/readyz ${readiness.status}: ${said.trim().slice(0, 160)}`);
      const delays = [...target.service.output().matchAll(/"restart_in_ms":(\d+)/g)].map(([, ms]) => Number(ms));
      const growing = delays.every((ms, i) => i < 2 || ms >= (delays[i - 2] ?? 0));
      await sleep(grownAfterMs);
      const before = await cpuSecondsOf(target.service.pid);
      await sleep(watchedMs);
      const share = ((await cpuSecondsOf(target.service.pid)) - before) / (watchedMs / 1000);
      await until('the delays are long', () => /"restart_in_ms":30000/.test(target.service.output()), 30_000);
      return [
        {
          promise: 'crash loop',
          figure: `delays ${[...new Set(delays)].join(', ')} ms and on to 30 s; /readyz ${readiness.status} ${reasonSaid ? 'with' : 'without'} the reason; ${(share * 100).toFixed(1)}% of a core over ${watchedMs / 1000} s`,
          verdict: !growing || !reasonSaid ? 'broken' : share < 0.05 ? 'kept' : 'missed',
        },
      ];
    } finally {
      await target.close();
    }
  },
};

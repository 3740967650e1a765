import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/support/service.js';
import type { Drill } from '../drill.js';
import { createLedger } from '../ledger.js';
import { startLoad } from '../load.js';
import { exactly } from '../promises.js';
import { pickFrom } from '../random.js';
import { onTarget, signal } from '../target.js';

const kills = 20;

export const killedChildren: Drill = {
  what: 'http children are SIGKILLed under the load of keep-alive clients',
  async run({ say }) {
    return onTarget({ withDesk: false }, async (target) => {
      const ledger = createLedger();
      const load = startLoad({ target, ledger, clients: 32, name: 'kills' });
      for (let kill = 1; kill <= kills; kill++) {
        await sleep(300);
        await until('a child serves', async () => (await target.children('http')).length > 0);
        signal(pickFrom(await target.children('http'), (kill % 2) / 2) ?? 0, 'SIGKILL');
        say(`kill ${kill} of ${kills}, ${ledger.deliveries.length} tickets, ${ledger.hung} hung`);
      }
      await load.stop();
      return [
        {
          promise: 'no hanging',
          figure: `${ledger.hung} over ${kills} kills; ${ledger.cut} were cut and sent again at once, ${ledger.deliveries.length} webhooks accepted`,
          verdict: exactly(ledger.hung === 0),
        },
      ];
    });
  },
};

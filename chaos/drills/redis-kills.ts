import { setTimeout as sleep } from 'node:timers/promises';
import { auditNotes, wrongNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import { createLedger } from '../ledger.js';
import { startLoad } from '../load.js';
import { exactly } from '../promises.js';
import { signal, startTarget } from '../target.js';

const kills = 10;
/** Long enough for clients to be accepted again; a Redis that dies sooner than after 10 s is started after a growing pause. */
const livesMs = 1500;

export const redisKills: Drill = {
  what: 'Redis is SIGKILLed again and again under load',
  async run({ say }) {
    const target = await startTarget({ withDesk: false });
    try {
      const ledger = createLedger();
      const load = startLoad({ webhooks: () => target.service.webhooks, ledger, clients: 16, name: 'redis-kills' });
      for (let kill = 1; kill <= kills; kill++) {
        const pid = await target.redis.pid();
        await sleep(livesMs);
        signal(pid, 'SIGKILL');
        say(`kill ${kill} of ${kills}, ${ledger.deliveries.length} tickets`);
      }
      await load.stop();
      const notes = await auditNotes(target, ledger, say);
      const wrong = wrongNotes(notes);
      return [
        {
          promise: 'durable',
          figure: `${notes.lost.length} of ${notes.accepted} over ${kills} kills`,
          verdict: exactly(wrong.length === 0),
          details: wrong,
          evidence: notes.evidence,
        },
      ];
    } finally {
      await target.close();
    }
  },
};

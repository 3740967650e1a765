import { setTimeout as sleep } from 'node:timers/promises';
import { auditNotes, noteFinding, wrongNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import { createLedger } from '../ledger.js';
import { startLoad } from '../load.js';
import { onTarget, signal } from '../target.js';

const kills = 10;
/** Long enough for clients to be accepted again; a Redis that dies sooner than after 10 s is started after a growing pause. */
const livesMs = 1500;

export const redisKills: Drill = {
  what: 'Redis is SIGKILLed again and again under load',
  async run({ say }) {
    return onTarget({ withDesk: false }, async (target) => {
      const ledger = createLedger();
      const load = startLoad({ target, ledger, clients: 16, name: 'redis-kills' });
      for (let kill = 1; kill <= kills; kill++) {
        const pid = await target.redis.pid();
        await sleep(livesMs);
        signal(pid, 'SIGKILL');
        say(`kill ${kill} of ${kills}, ${ledger.deliveries.length} tickets`);
      }
      await load.stop();
      const notes = await auditNotes(target, ledger, say);
      const wrong = wrongNotes(notes);
      const figure = `${notes.lost.length} of ${notes.accepted} over ${kills} kills`;
      return [noteFinding({ promise: 'durable', figure, wrong, notes })];
    });
  },
};

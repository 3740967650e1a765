import { setTimeout as sleep } from 'node:timers/promises';
import { auditNotes, noteFigure, noteFinding, wrongNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import { usualDesk } from '../faults.js';
import { createLedger } from '../ledger.js';
import { startLoad } from '../load.js';
import { createRandom } from '../random.js';
import { onTarget } from '../target.js';

const rounds = 4;
const drainMs = 5000;

export const stopInWork: Drill = {
  what: 'SIGTERM in the middle of jobs, some of which last longer than the drain; then a start',
  async run({ seed, say }) {
    const random = createRandom(seed);
    const env = { SHUTDOWN_TIMEOUT_MS: String(drainMs), WORKER_CONCURRENCY: '20' };
    return onTarget({ env }, async (target) => {
      usualDesk(target, random); // a lost answer holds its job for 15 s
      const ledger = createLedger();
      const exits: string[] = [];
      let slowestMs = 0;
      for (let round = 1; round <= rounds; round++) {
        const load = startLoad({ target, ledger, clients: 8, perSecond: 60, name: `stop-${round}` });
        await sleep(2000);
        const startMs = performance.now();
        const { code, signal } = await target.service.stop('SIGTERM');
        const tookMs = performance.now() - startMs;
        slowestMs = Math.max(slowestMs, tookMs);
        if (code !== 0) exits.push(`exit ${code ?? signal}`);
        say(`round ${round}: exit ${code ?? signal} after ${tookMs.toFixed(0)} ms`);
        await target.startAgain();
        await load.stop();
      }
      const notes = await auditNotes(target, ledger, say);
      const wrong = [...exits, ...wrongNotes(notes)];
      // Its grace and the end of Redis come on top of the children's drain.
      const inTime = slowestMs < drainMs + 3000;
      const figure = `exit 0 in ${rounds - exits.length} of ${rounds}, after ${(slowestMs / 1000).toFixed(1)} s at most (drain ${drainMs / 1000} s); ${noteFigure(notes)}`;
      return [noteFinding({ promise: 'stop in work', figure, wrong, notes, holds: inTime })];
    });
  },
};

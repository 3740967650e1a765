import { setTimeout as sleep } from 'node:timers/promises';
import { auditCounters, auditNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import { exactly } from '../promises.js';
import { underLoad } from '../under-load.js';

const anHourMs = 3_600_000;
/** Where the clock stands after each jump, milliseconds from the truth. */
const jumps = [anHourMs, -anHourMs, 0];
const betweenMs = 6000;
/** Enough to open the breakers of the desk and to have retries wait. */
const deskFailures = 20;

export const clockJump: Drill = {
  what: 'the clock jumps an hour ahead, two back, and one ahead again, while jobs wait for retries and the desk rests',
  async run({ seed, say }) {
    const options = {
      seed,
      target: { env: { WORKER_CONCURRENCY: '30' } },
      load: { clients: 8, perSecond: 25, name: 'clock' },
    };
    return underLoad(options, async ({ target, scraper, ledger, load }) => {
      let standsAtMs = 0;
      for (const offsetMs of jumps) {
        await sleep(betweenMs);
        say(`${ledger.deliveries.length} tickets; the clock is ${offsetMs / 1000} s off now`);
        const pids = [target.service.pid, ...(await target.children())];
        await target.redis.jump(offsetMs - standsAtMs);
        await target.order(pids, { kind: 'clock', offsetMs });
        standsAtMs = offsetMs;
        target.desk.failNext(Array.from({ length: deskFailures }, () => ({ kind: 'error', status: 503 })));
      }
      await sleep(betweenMs);
      await load.stop();
      const { accepted, once, failed, lost, twice } = await auditNotes(target, ledger, say);
      const counters = await auditCounters(target, ledger);
      const { decreases } = await scraper.stop();
      return [
        {
          promise: 'clock',
          figure: `${once} of ${accepted} once, ${failed} failed, ${lost.length} lost, ${twice.length} twice, ${decreases.length} decreases`,
          verdict: exactly(lost.length + twice.length + decreases.length + counters.wrong.length === 0 && failed === 0),
          details: [...lost, ...twice, ...decreases, ...counters.wrong],
        },
      ];
    });
  },
};

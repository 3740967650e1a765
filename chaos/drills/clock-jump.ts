import { setTimeout as sleep } from 'node:timers/promises';
import { auditCounters, auditNotes, noteFigure, noteFinding, wrongNotes } from '../audit.js';
import type { Drill } from '../drill.js';
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
      const notes = await auditNotes(target, ledger, say);
      const counters = await auditCounters(target, ledger);
      const { decreases } = await scraper.stop();
      const wrong = [...wrongNotes(notes), ...decreases, ...counters.wrong];
      const figure = `${noteFigure(notes)}; ${decreases.length} decreases`;
      return [noteFinding({ promise: 'clock', figure, wrong, notes })];
    });
  },
};

import { stopGraceMs } from '../../src/shutdown.js';
import { freePort } from '../../test/support/free-port.js';
import { until } from '../../test/support/service.js';
import { noteFigure, wrongNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import { endure } from '../endure.js';
import { faultNames, mortalFaults } from '../faults.js';
import { exactly, type Finding } from '../promises.js';
import type { Stop } from '../sightings.js';

/** Short enough to interrupt jobs. Children that a killed primary leaves behind finish their work until then, milliseconds. */
const drainMs = 5000;

export function stopFinding(stops: readonly Stop[], drainMs: number): Finding {
  const slowestMs = Math.max(0, ...stops.map(({ tookMs }) => tookMs));
  const wrong = stops.filter(({ end, tookMs }) => end !== 'exit 0' || tookMs > drainMs + stopGraceMs);
  return {
    promise: 'stop ends',
    figure: `exit 0 in ${stops.filter(({ end }) => end === 'exit 0').length} of ${stops.length}, the slowest after ${(slowestMs / 1000).toFixed(1)} s with a drain of ${drainMs / 1000} s`,
    verdict: exactly(wrong.length === 0),
    details: wrong.map(({ what, tookMs, end }) => `${what}: ${end} after ${(tookMs / 1000).toFixed(1)} s`),
    raw: { stops },
  };
}

/**
 * The random faults, and the primary dies too, more often than anything else happens. Its counters begin anew each time,
 * so that the notes are what is held.
 */
export const randomDeaths: Drill = {
  what: 'the same, with SIGKILL and SIGTERM of the primary among the faults, each time started again at once',
  async run(context) {
    const env = {
      // The same ports each time, as in production: the dead one's must be free again.
      HTTP_PORT: String(await freePort()),
      METRICS_PORT: String(await freePort()),
      SHUTDOWN_TIMEOUT_MS: String(drainMs),
      // Enough that some still ask for the listening socket when the first is ready.
      HTTP_PROCESSES: '4',
    };
    return endure([...faultNames, ...mortalFaults], context, env, async (endured) => {
      const { target, scraper, notes, faults, sightings, raw } = endured;
      await endured.green.stop();
      const { failures, decreases, restarts } = await scraper.stop();
      await target.service.stop();
      let orphans: readonly number[] = [];
      await until(
        'no process of any run is left',
        async () => {
          orphans = await target.remaining();
          return orphans.length === 0;
        },
        2 * drainMs,
      ).catch(() => undefined);
      const wrong = [
        ...wrongNotes(notes),
        ...decreases,
        ...failures,
        ...orphans.map((pid) => `process ${pid} is still there`),
      ];
      return [
        {
          promise: 'deaths',
          figure: `${noteFigure(notes)}; ${decreases.length} decreases, ${failures.length} failed scrapes; ${orphans.length} orphans of ${restarts} primaries; ${faults}`,
          verdict: exactly(wrong.length === 0),
          details: wrong,
          evidence: notes.evidence,
          raw,
        },
        ...(sightings.stops.length === 0 ? [] : [stopFinding(sightings.stops, drainMs)]),
      ];
    });
  },
};

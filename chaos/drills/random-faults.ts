import { percentile } from '../../bench/report.js';
import { freePort } from '../../test/support/free-port.js';
import { until } from '../../test/support/service.js';
import { auditCounters, auditNotes, type NoteAudit } from '../audit.js';
import type { Drill, DrillContext } from '../drill.js';
import { type FaultName, faultNames, mortalFaults } from '../faults.js';
import { exactly, type Finding, within } from '../promises.js';
import { injectFaults, planFaults } from '../schedule.js';
import { type Site, underLoad } from '../under-load.js';

const shortMs = 28_000;
/** A whole scrape is bounded by SCRAPE_TIMEOUT_MS: slower than that is a broken promise, not a busy machine. */
const scrapeBoundMs = 2000;
const scrapeGoalsMs = { slowest: 500, p99: 250 };
/** Children that a killed primary leaves behind finish their work until then, milliseconds. */
const drainMs = 5000;

interface Endured extends Site {
  readonly notes: NoteAudit;
  /** `114 faults of 28 kinds`. */
  readonly faults: string;
}

/** Everything that breaks has broken, and what was begun is finished. */
async function endure(
  names: readonly FaultName[],
  { seed, minutes, short, say }: DrillContext,
  env: Readonly<Record<string, string>>,
  conclude: (endured: Endured) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const options = {
    seed,
    target: {
      withModel: true,
      env: { WORKER_CONCURRENCY: '30', CHILD_STALE_MS: '2000', CHILD_HUNG_MS: '8000', ...env },
    },
    load: { clients: 24, perSecond: 40, name: `chaos-${seed}`, patienceMs: 20_000 },
  };
  return underLoad(options, async (site) => {
    const plan = planFaults(names, site.random, short ? shortMs : minutes * 60_000);
    const injected = await injectFaults(plan, site, (text) => say(`${site.ledger.deliveries.length} tickets; ${text}`));
    say('the faults are over: what was begun is finished');
    await site.load.stop();
    const notes = await auditNotes(site.target, site.ledger, say);
    const count = [...injected.values()].reduce((sum, one) => sum + one, 0);
    return conclude({ ...site, notes, faults: `${count} faults of ${injected.size} kinds` });
  });
}

function noteFigure({ accepted, once, failed, reasons, lost, twice }: NoteAudit): string {
  const codes = [...reasons].map(([code, count]) => `${count} ${code}`).join(', ');
  const why = codes === '' ? '' : ` (${codes})`;
  return `${once} of ${accepted} once, ${failed} failed${why}, ${lost.length} lost, ${twice.length} twice`;
}

function wrongNotes({ notes, ledger }: Endured): string[] {
  return [
    ...notes.lost.map((id) => `lost: ${id}`),
    ...notes.twice.map((id) => `twice: ${id}`),
    ...ledger.changedJobs.map((id) => `two jobs: ${id}`),
  ];
}

/** One primary lives through it, so that its counters can be held against the ledger. */
export const randomFaults: Drill = {
  what: 'everything breaks at random, under load, with a ledger of what the clients saw',
  async run(context) {
    const names = faultNames.filter((name) => !mortalFaults.includes(name));
    return endure(names, context, {}, async (endured) => {
      const { target, ledger, scraper, notes, faults } = endured;
      const counters = await auditCounters(target, ledger);
      const { latenciesMs, floodLatenciesMs, failures, decreases } = await scraper.stop();
      const [p99Ms, floodP99Ms] = [percentile(latenciesMs, 0.99), percentile(floodLatenciesMs, 0.99)];
      const slowestMs = Math.max(...latenciesMs, ...floodLatenciesMs);
      const scrapes = latenciesMs.length + floodLatenciesMs.length;
      const slowestBoundMs = context.short ? 2 * scrapeBoundMs : scrapeBoundMs;
      const wrong = wrongNotes(endured);
      return [
        {
          promise: 'one note',
          figure: `${noteFigure(notes)}; ${faults}`,
          verdict: exactly(wrong.length === 0),
          details: wrong,
        },
        {
          promise: 'counters',
          figure: `${counters.lost} lost of ${ledger.deliveries.length} deliveries, ${decreases.length} decreases in ${scrapes} scrapes`,
          verdict: exactly(counters.wrong.length === 0 && decreases.length === 0),
          details: [...counters.wrong, ...decreases],
        },
        {
          promise: 'scrape',
          figure: `slowest ${slowestMs.toFixed(0)} ms; p99 of 200 at once ${floodP99Ms.toFixed(0)} ms, of the others ${p99Ms.toFixed(0)} ms; ${failures.length} failed of ${scrapes + failures.length}`,
          verdict:
            failures.length > 0
              ? 'broken'
              : Math.max(p99Ms, floodP99Ms) > scrapeGoalsMs.p99
                ? 'missed'
                : within(slowestMs, scrapeGoalsMs.slowest, slowestBoundMs),
          details: failures,
        },
      ];
    });
  },
};

/**
 * The same, and the primary dies too, twice as often as anything else happens. Its counters begin anew each time, so the
 * notes are what is held.
 */
export const randomDeaths: Drill = {
  what: 'the same, with SIGKILL and SIGTERM of the primary among the faults, each time started again at once',
  async run(context) {
    const env = {
      // The same ports each time, as in production: the dead one's must be free again.
      HTTP_PORT: String(await freePort()),
      METRICS_PORT: String(await freePort()),
      // Short enough to interrupt jobs.
      SHUTDOWN_TIMEOUT_MS: String(drainMs),
    };
    return endure([...faultNames, ...mortalFaults], context, env, async (endured) => {
      const { target, scraper, notes, faults } = endured;
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
        ...wrongNotes(endured),
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
        },
      ];
    });
  },
};

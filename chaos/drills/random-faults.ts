import { percentile } from '../../bench/report.js';
import { auditCounters, auditNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import { usualDesk } from '../faults.js';
import { createLedger } from '../ledger.js';
import { startLoad } from '../load.js';
import { exactly, within } from '../promises.js';
import { createRandom } from '../random.js';
import { injectFaults, planFaults } from '../schedule.js';
import { startScraper } from '../scraper.js';
import { startTarget } from '../target.js';

const shortMs = 28_000;
/** A whole scrape is bounded by SCRAPE_TIMEOUT_MS: slower than that is a broken promise, not a busy machine. */
const scrapeBoundMs = 2000;

export const randomFaults: Drill = {
  what: 'everything breaks at random, under load, with a ledger of what the clients saw',
  async run({ seed, minutes, short, say }) {
    const random = createRandom(seed);
    const target = await startTarget({
      withModel: true,
      env: { WORKER_CONCURRENCY: '30', CHILD_STALE_MS: '2000', CHILD_HUNG_MS: '8000' },
    });
    const scraper = startScraper(target.service.metrics);
    try {
      usualDesk(target, random);
      const ledger = createLedger();
      const load = startLoad({
        webhooks: () => target.service.webhooks,
        ledger,
        clients: 24,
        perSecond: 40,
        name: `chaos-${seed}`,
        patienceMs: 20_000,
      });
      const plan = planFaults(random, short ? shortMs : minutes * 60_000);
      const site = { target, scraper, random };
      const injected = await injectFaults(plan, site, (text) => say(`${ledger.deliveries.length} tickets; ${text}`));
      say('the faults are over: what was begun is finished');
      await load.stop();
      const notes = await auditNotes(target, ledger, say);
      const counters = await auditCounters(target, ledger);
      const { latenciesMs, failures, decreases } = await scraper.stop();
      const slowestMs = Math.max(...latenciesMs);
      const p99Ms = percentile(latenciesMs, 0.99);
      const faultCount = [...injected.values()].reduce((sum, one) => sum + one, 0);
      const reasons = [...notes.reasons].map(([code, count]) => `${count} ${code}`).join(', ');
      return [
        {
          promise: 'one note',
          figure: `${notes.once} of ${notes.accepted} once, ${notes.failed} failed${reasons === '' ? '' : ` (${reasons})`}, ${notes.lost.length} lost, ${notes.twice.length} twice; ${faultCount} faults of ${injected.size} kinds`,
          verdict: exactly(notes.lost.length === 0 && notes.twice.length === 0 && ledger.changedJobs.length === 0),
          details: [...notes.lost.map((id) => `lost: ${id}`), ...notes.twice.map((id) => `twice: ${id}`)],
        },
        {
          promise: 'counters',
          figure: `${counters.lost} lost of ${ledger.deliveries.length} deliveries, ${decreases.length} decreases in ${latenciesMs.length} scrapes`,
          verdict: exactly(counters.wrong.length === 0 && decreases.length === 0),
          details: [...counters.wrong, ...decreases],
        },
        {
          promise: 'scrape',
          figure: `slowest ${slowestMs.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms, ${failures.length} failed of ${latenciesMs.length + failures.length}`,
          verdict:
            failures.length > 0
              ? 'broken'
              : p99Ms > 250
                ? 'missed'
                : within(slowestMs, 500, short ? 2 * scrapeBoundMs : scrapeBoundMs),
          details: failures,
        },
      ];
    } finally {
      await scraper.stop().catch(() => undefined);
      await target.close();
    }
  },
};

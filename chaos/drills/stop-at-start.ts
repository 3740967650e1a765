import type { Drill } from '../drill.js';
import { faults } from '../faults.js';
import { createLedger } from '../ledger.js';
import { createRandom } from '../random.js';
import { noScraper } from '../scraper.js';
import { createSightings } from '../sightings.js';
import { onTarget } from '../target.js';
import { stopFinding } from './random-deaths.js';

const rounds = { long: 20, short: 3 };
const drainMs = 5000;

export const stopAtStart: Drill = {
  what: 'SIGTERM as soon as the service is ready, or at a random moment of its start, again and again',
  async run({ seed, short, say }) {
    const env = { SHUTDOWN_TIMEOUT_MS: String(drainMs), HTTP_PROCESSES: '4' };
    return onTarget({ withDesk: false, env }, async (target) => {
      const site = {
        target,
        random: createRandom(seed),
        scraper: noScraper,
        ledger: createLedger(),
        sightings: createSightings(),
      };
      for (let round = 1; round <= (short ? rounds.short : rounds.long); round++) {
        await faults['stop at the start'].begin(site);
        const { what, end, tookMs } = site.sightings.stops.at(-1) ?? { what: '', end: '', tookMs: 0 };
        say(`round ${round}: ${what}: ${end} after ${tookMs.toFixed(0)} ms`);
      }
      return [stopFinding(site.sightings.stops, drainMs)];
    });
  },
};

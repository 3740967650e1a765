import { usualDesk } from './faults.js';
import { type GreenWatch, watchGreen } from './green-watch.js';
import { createLedger, type Ledger } from './ledger.js';
import { type Load, type LoadOptions, startLoad } from './load.js';
import type { Finding } from './promises.js';
import { createRandom, type Random } from './random.js';
import { type Scraper, startScraper } from './scraper.js';
import { createSightings, type Sightings } from './sightings.js';
import { startTarget, type Target, type TargetOptions } from './target.js';

export interface Site {
  readonly target: Target;
  readonly scraper: Scraper;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly load: Load;
  readonly green: GreenWatch;
  readonly sightings: Sightings;
}

export interface UnderLoadOptions {
  readonly seed: number;
  readonly target: TargetOptions;
  readonly load: Omit<LoadOptions, 'target' | 'ledger' | 'onOutcome'>;
}

/** A drill on a service that takes webhooks, is scraped all the time, and whose desk loses some of its answers. */
export async function underLoad(
  options: UnderLoadOptions,
  act: (site: Site) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const random = createRandom(options.seed);
  const target = await startTarget(options.target);
  const scraper = startScraper(target.service.metrics);
  const green = watchGreen(() => target.service.metrics);
  try {
    usualDesk(target, random);
    const ledger = createLedger();
    const load = startLoad({ target, ledger, onOutcome: green.saw, ...options.load });
    return await act({ target, scraper, random, ledger, load, green, sightings: createSightings() });
  } finally {
    await green.stop();
    await scraper.stop().catch(() => undefined);
    await target.close();
  }
}

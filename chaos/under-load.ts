import { usualDesk } from './faults.js';
import { createLedger, type Ledger } from './ledger.js';
import { type Load, type LoadOptions, startLoad } from './load.js';
import type { Finding } from './promises.js';
import { createRandom, type Random } from './random.js';
import { type Scraper, startScraper } from './scraper.js';
import { startTarget, type Target, type TargetOptions } from './target.js';

export interface Site {
  readonly target: Target;
  readonly scraper: Scraper;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly load: Load;
}

export interface UnderLoadOptions {
  readonly seed: number;
  readonly target: TargetOptions;
  readonly load: Pick<LoadOptions, 'clients' | 'perSecond' | 'name' | 'patienceMs'>;
}

/** A drill on a service that takes webhooks, is scraped all the time, and whose desk loses some of its answers. */
export async function underLoad(
  options: UnderLoadOptions,
  act: (site: Site) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const random = createRandom(options.seed);
  const target = await startTarget(options.target);
  const scraper = startScraper(target.service.metrics);
  try {
    usualDesk(target, random);
    const ledger = createLedger();
    const load = startLoad({ webhooks: () => target.service.webhooks, ledger, ...options.load });
    return await act({ target, scraper, random, ledger, load });
  } finally {
    await scraper.stop().catch(() => undefined);
    await target.close();
  }
}

import type { Ledger } from './ledger.js';
import type { Random } from './random.js';
import type { Scraper } from './scraper.js';
import type { Target } from './target.js';
import type { Sightings } from './sightings.js';

/** What a fault acts on. Two faults never act on the same scene at once: each could hide the other. */
export type Scene = 'http' | 'worker' | 'primary' | 'redis' | 'desk' | 'model' | 'clock' | 'scraper';

export interface FaultSite {
  readonly target: Target;
  readonly scraper: Scraper;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly sightings: Sightings;
}

export interface Fault {
  /** For the log and the docs. */
  readonly what: string;
  readonly scenes: readonly Scene[];
  /** Milliseconds from its begin to its undoing. */
  readonly lastsMs: number;
  /** About how long its begin and its undoing take on top of that, where that is long; for the plan. */
  readonly takesMs?: number;
  /** @returns how it is undone */
  begin(site: FaultSite): Promise<() => Promise<void> | void>;
}

export const nothing = (): void => undefined;

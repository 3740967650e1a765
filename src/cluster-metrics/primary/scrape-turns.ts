/**
 * Lets scrapes at the same time share one turn, and those of the same content one answer.
 *
 * Must not know: what is printed.
 */
import type { Format } from './exposition.js';
import type { Rendering, ScrapeOptions } from './rendering.js';
import { sharedTurn } from './shared-turn.js';

export interface ScrapeRequest {
  readonly format: Format;
  /** None: all. */
  readonly names: readonly string[];
}

export class ScrapeTurns {
  #requests = new Map<string, ScrapeRequest>();
  readonly #next: () => Promise<ReadonlyMap<string, Rendering>>;

  /** @param answer all requests of a turn, by their keys; never called twice at a time */
  constructor(answer: (requests: ReadonlyMap<string, ScrapeRequest>) => Promise<ReadonlyMap<string, Rendering>>) {
    this.#next = sharedTurn(() => {
      const requests = this.#requests;
      this.#requests = new Map();
      return answer(requests);
    });
  }

  /** An answer that is not older than the call. */
  async scrape({ format = 'text', names = [] }: ScrapeOptions): Promise<Rendering> {
    const key = JSON.stringify([format, ...[...new Set(names)].sort()]);
    this.#requests.set(key, { format, names });
    const rendering = (await this.#next()).get(key);
    if (rendering === undefined) throw new Error('a turn ended without the answer to a scrape that it was for');
    return rendering;
  }
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type ScraperOrder = 'flood' | 'vanish' | 'pause' | 'resume' | 'stop';

export interface ScraperFindings {
  /** Of every scrape that was answered with 200. */
  readonly latenciesMs: readonly number[];
  readonly failures: readonly string[];
  /** Counters that went down between two scrapes. */
  readonly decreases: readonly string[];
}

export interface Scraper {
  /** 200 scrapes at once, or 50 that hang up; `pause` while the primary itself is stopped. */
  tell(order: Exclude<ScraperOrder, 'stop'>): void;
  /** Safe to call twice. */
  stop(): Promise<ScraperFindings>;
}

/** Scrapes four times a second from a process of its own. */
export function startScraper(metrics: string): Scraper {
  const child = fork(fileURLToPath(new URL('scraper-process.ts', import.meta.url)), [metrics], {
    execArgv: ['--import', 'tsx'],
  });
  let stopped: Promise<ScraperFindings> | undefined;
  async function stop(): Promise<ScraperFindings> {
    const ended = once(child, 'exit');
    child.send('stop' satisfies ScraperOrder);
    const [findings] = (await once(child, 'message')) as [ScraperFindings];
    await ended;
    return findings;
  }
  return {
    tell: (order) => void child.send(order),
    stop: () => (stopped ??= stop()),
  };
}

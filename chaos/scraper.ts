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

export type ScraperReport =
  | { readonly kind: 'paused' }
  | { readonly kind: 'findings'; readonly findings: ScraperFindings };

export interface Scraper {
  /** 200 scrapes at once. */
  flood(): void;
  /** 50 scrapers that ask and hang up. */
  vanish(): void;
  /** While the primary itself is stopped, which nobody can expect to answer. Resolves when no scrape is under way. */
  pause(): Promise<void>;
  resume(): void;
  /** Safe to call twice. */
  stop(): Promise<ScraperFindings>;
}

/** Scrapes four times a second from a process of its own. */
export function startScraper(metrics: string): Scraper {
  const child = fork(fileURLToPath(new URL('scraper-process.ts', import.meta.url)), [metrics], {
    execArgv: ['--import', 'tsx'],
  });
  const tell = (order: ScraperOrder): void => void child.send(order);

  async function reported<K extends ScraperReport['kind']>(kind: K): Promise<Extract<ScraperReport, { kind: K }>> {
    for (;;) {
      const [report] = (await once(child, 'message')) as [ScraperReport];
      if (report.kind === kind) return report as Extract<ScraperReport, { kind: K }>;
    }
  }

  let stopped: Promise<ScraperFindings> | undefined;
  async function stop(): Promise<ScraperFindings> {
    const ended = once(child, 'exit');
    tell('stop');
    const { findings } = await reported('findings');
    await ended;
    return findings;
  }

  return {
    flood: () => tell('flood'),
    vanish: () => tell('vanish'),
    async pause() {
      tell('pause');
      await reported('paused');
    },
    resume: () => tell('resume'),
    stop: () => (stopped ??= stop()),
  };
}

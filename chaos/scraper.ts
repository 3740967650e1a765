import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type ScraperOrder = 'flood' | 'vanish' | 'pause' | 'resume' | 'restarted' | 'stop';

export interface ScraperFindings {
  /** Of every scrape that was answered with 200 and was not one of 200 at once. */
  readonly latenciesMs: readonly number[];
  /** Of those. */
  readonly floodLatenciesMs: readonly number[];
  readonly failures: readonly string[];
  /** Counters that went down between two scrapes of one primary. */
  readonly decreases: readonly string[];
  /** How often there was another primary. */
  readonly restarts: number;
}

export type ScraperReport =
  | { readonly kind: 'paused' }
  | { readonly kind: 'findings'; readonly findings: ScraperFindings };

export interface Scraper {
  /** 200 scrapes at once. */
  flood(): void;
  /** 50 scrapers that ask and hang up. */
  vanish(): void;
  /** While the primary itself is stopped or dead, which nobody can expect to answer. Resolves when no scrape is under way. */
  pause(): Promise<void>;
  resume(): void;
  /** Instead of `resume`, when there is another primary: its counters begin anew. */
  restarted(): void;
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
    restarted: () => tell('restarted'),
    stop: () => (stopped ??= stop()),
  };
}

/** For a drill that does not scrape. */
export const noScraper: Scraper = {
  flood: () => undefined,
  vanish: () => undefined,
  pause: async () => undefined,
  resume: () => undefined,
  restarted: () => undefined,
  stop: async () => ({ latenciesMs: [], floodLatenciesMs: [], failures: [], decreases: [], restarts: 0 }),
};

import type { Exposition, Sample } from './exposition.js';

/** Looks at scrape after scrape for what must never happen: a counter, bucket, sum or count that went down. */
export interface Watcher {
  readonly decreases: readonly string[];
  readonly slowestMs: number;
  readonly scrapes: number;
  look(): Promise<void>;
}

export function watchCounters(scrape: () => Promise<Exposition>): Watcher {
  const last = new Map<string, number>();
  const decreases: string[] = [];
  let slowestMs = 0;
  let scrapes = 0;
  const note = ({ name, labels, value }: Sample): void => {
    if (!/_(total|bucket|sum|count)$/.test(name) || name === 'worker_active_count') return;
    const key = `${name}${JSON.stringify(labels)}`;
    if (value < (last.get(key) ?? 0)) decreases.push(`${key}: ${last.get(key)} -> ${value}`);
    last.set(key, value);
  };
  return {
    decreases,
    get slowestMs() {
      return slowestMs;
    },
    get scrapes() {
      return scrapes;
    },
    async look() {
      const start = performance.now();
      const answer = await scrape();
      slowestMs = Math.max(slowestMs, performance.now() - start);
      scrapes++;
      for (const sample of answer.samples) note(sample);
    },
  };
}

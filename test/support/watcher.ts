import type { Exposition, Sample } from './exposition.js';

/** Looks at scrape after scrape for what must never happen: a counter, bucket, sum or count that went down. */
export interface Watcher {
  readonly decreases: readonly string[];
  readonly scrapes: number;
  look(): Promise<void>;
}

export function watchCounters(scrape: () => Promise<Exposition>): Watcher {
  const last = new Map<string, number>();
  const decreases: string[] = [];
  let scrapes = 0;
  const note = ({ name, labels, value }: Sample): void => {
    if (!/_(total|bucket|sum|count)$/.test(name) || name === 'worker_active_count') return;
    const key = `${name}${JSON.stringify(labels)}`;
    if (value < (last.get(key) ?? 0)) decreases.push(`${key}: ${last.get(key)} -> ${value}`);
    last.set(key, value);
  };
  return {
    decreases,
    get scrapes() {
      return scrapes;
    },
    async look() {
      const answer = await scrape();
      scrapes++;
      for (const sample of answer.samples) note(sample);
    },
  };
}

import { type Fault, nothing } from '../fault.js';
import type { Target } from '../target.js';

/** What happens to the model, the clock and the scrapers. */

function model(what: string, behaviour: Parameters<Target['model']['behave']>[0], lastsMs = 4000): Fault {
  return {
    what,
    scenes: ['model'],
    lastsMs,
    async begin({ target }) {
      target.model.behave(behaviour);
      return () => target.model.behave({ kind: 'good' });
    },
  };
}

function clock(what: string, offsetMs: number): Fault {
  return {
    what,
    scenes: ['clock'],
    lastsMs: 5000,
    async begin({ target }) {
      // Those too that are booting or stopped: they would keep the wrong clock.
      await target.order(await target.processes(), { kind: 'clock', offsetMs });
      return async () => target.order(await target.processes(), { kind: 'clock', offsetMs: 0 });
    },
  };
}

const anHourMs = 3_600_000;

export const surroundingFaults = {
  'model down': model('model hangs up', { kind: 'hang-up' }),
  'model slow': model('model answers after 2 s', { kind: 'slow', delayMs: 2000 }),
  'model silent': model('model never answers', { kind: 'never' }),
  'model busy': model('model answers 429', { kind: 'status', status: 429, retryAfterSeconds: 1 }),
  'model garbage': model('model answers garbage', { kind: 'body', body: '{"choices":[{"message":{"content":7}}]}' }),
  'model endless': model('model never stops answering', { kind: 'endless' }),
  'clock ahead': clock('the clock of all Node processes an hour ahead for 5 s', anHourMs),
  'clock behind': clock('the clock of all Node processes an hour behind for 5 s', -anHourMs),
  'scrapers flood': {
    what: '200 scrapes at once',
    scenes: ['scraper'],
    lastsMs: 1000,
    async begin({ scraper }) {
      scraper.flood();
      return nothing;
    },
  },
  'scrapers vanish': {
    what: '50 scrapers hang up',
    scenes: ['scraper'],
    lastsMs: 500,
    async begin({ scraper }) {
      scraper.vanish();
      return nothing;
    },
  },
} as const satisfies Record<string, Fault>;

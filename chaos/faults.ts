import { pickFrom, type Random } from './random.js';
import type { Scraper } from './scraper.js';
import { signal, type Target } from './target.js';

/** What a fault acts on. Two faults never act on the same thing at once: each could hide the other. */
export type Scene = 'http' | 'worker' | 'primary' | 'redis' | 'desk' | 'model' | 'clock' | 'scraper';

export interface FaultSite {
  readonly target: Target;
  readonly scraper: Scraper;
  readonly random: Random;
}

export interface Fault {
  /** For the log and the docs. */
  readonly what: string;
  readonly scene: Scene;
  /** Milliseconds from its begin to its undoing. */
  readonly lastsMs: number;
  /** @returns how it is undone */
  begin(site: FaultSite): Promise<() => Promise<void> | void>;
}

const nothing = (): void => undefined;

function toChild(scene: 'http' | 'worker', what: string, lastsMs: number, act: (pid: number) => () => void): Fault {
  return {
    what,
    scene,
    lastsMs,
    async begin({ target, random }) {
      const victim = pickFrom(await target.children(scene), random());
      return victim === undefined ? nothing : act(victim);
    },
  };
}

const kill = (pid: number) => {
  signal(pid, 'SIGKILL');
  return nothing;
};

const freeze = (pid: number) => {
  signal(pid, 'SIGSTOP');
  return () => void signal(pid, 'SIGCONT');
};

function orderTo(
  scene: 'http' | 'worker',
  what: string,
  lastsMs: number,
  order: Parameters<Target['order']>[1],
): Fault {
  return {
    what,
    scene,
    lastsMs,
    async begin({ target, random }) {
      const victim = pickFrom(await target.children(scene), random());
      if (victim !== undefined) await target.order([victim], order);
      return nothing;
    },
  };
}

function redisSetting(what: string, name: string, value: string, usual: string, lastsMs = 2500): Fault {
  return {
    what,
    scene: 'redis',
    lastsMs,
    async begin({ target }) {
      await target.redis.config(name, value);
      return () => target.redis.config(name, usual);
    },
  };
}

/** Another one is started on the same data as soon as it has ended. */
function endOfPrimary(what: string, by: 'SIGKILL' | 'SIGTERM'): Fault {
  return {
    what,
    scene: 'primary',
    lastsMs: 0,
    async begin({ target, scraper }) {
      await scraper.pause();
      await target.service.stop(by);
      await target.startAgain();
      scraper.restarted();
      return nothing;
    },
  };
}

/** A share of the desk's answers is lost all the time; a fault of the desk comes on top and goes again. */
const lostDeskAnswers = 0.05;

export function usualDesk(target: Target, random: Random): void {
  target.desk.behave((method) =>
    method === 'POST' && random() < lostDeskAnswers ? { kind: 'answer-lost' } : undefined,
  );
}

function desk(what: string, fault: Parameters<Target['desk']['failNext']>[0][number], lastsMs = 3000): Fault {
  return {
    what,
    scene: 'desk',
    lastsMs,
    async begin({ target, random }) {
      target.desk.behave(() => fault);
      return () => usualDesk(target, random);
    },
  };
}

function model(what: string, behaviour: Parameters<Target['model']['behave']>[0], lastsMs = 4000): Fault {
  return {
    what,
    scene: 'model',
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
    scene: 'clock',
    lastsMs: 5000,
    async begin({ target }) {
      // Those too that are booting or stopped: they would keep the wrong clock.
      await target.order(await target.processes(), { kind: 'clock', offsetMs });
      return async () => target.order(await target.processes(), { kind: 'clock', offsetMs: 0 });
    },
  };
}

const anHourMs = 3_600_000;

export const faults = {
  'kill http': toChild('http', 'SIGKILL of an http child', 0, kill),
  'kill worker': toChild('worker', 'SIGKILL of a worker child', 0, kill),
  'freeze http': toChild('http', 'SIGSTOP of an http child for 3 s', 3000, freeze),
  'freeze worker': toChild('worker', 'SIGSTOP of a worker child for 15 s, longer than its locks live', 15_000, freeze),
  'freeze primary': {
    what: 'SIGSTOP of the primary for 2 s',
    scene: 'primary',
    lastsMs: 2000,
    async begin({ target, scraper }) {
      const { pid } = target.service;
      await scraper.pause();
      signal(pid, 'SIGSTOP');
      return async () => {
        signal(pid, 'SIGCONT');
        scraper.resume();
      };
    },
  },
  'kill primary': endOfPrimary('SIGKILL of the primary, started again at once', 'SIGKILL'),
  'stop primary': endOfPrimary('SIGTERM to the primary in the middle of jobs, then started again', 'SIGTERM'),
  'block http': orderTo('http', 'the event loop of an http child blocked for 3 s', 3000, { kind: 'block', ms: 3000 }),
  'block worker': orderTo('worker', 'the event loop of a worker child blocked for 3 s', 3000, {
    kind: 'block',
    ms: 3000,
  }),
  'leak http': orderTo('http', 'a leak in an http child up to the cap of its heap', 0, { kind: 'leak' }),
  'leak worker': orderTo('worker', 'a leak in a worker child up to the cap of its heap', 0, { kind: 'leak' }),
  reload: {
    what: 'SIGHUP: all children replaced',
    scene: 'primary',
    lastsMs: 6000,
    async begin({ target }) {
      signal(target.service.pid, 'SIGHUP');
      return nothing;
    },
  },
  'kill redis': {
    what: 'SIGKILL of Redis',
    scene: 'redis',
    lastsMs: 1000,
    async begin({ target }) {
      signal(await target.redis.pid(), 'SIGKILL');
      return nothing;
    },
  },
  'freeze redis': {
    what: 'SIGSTOP of Redis for 2.5 s',
    scene: 'redis',
    lastsMs: 2500,
    async begin({ target }) {
      return freeze(await target.redis.pid());
    },
  },
  'redis away': {
    what: 'Redis killed, and not started again for 3 s (30 s in its drill)',
    scene: 'redis',
    lastsMs: 3000,
    async begin({ target }) {
      return takeRedisAway(target);
    },
  },
  'redis full': redisSetting('Redis out of memory (maxmemory, noeviction)', 'maxmemory', '1', '0'),
  'redis read-only': redisSetting('Redis refuses writes (min-replicas-to-write)', 'min-replicas-to-write', '1', '0'),
  'desk down': desk('desk answers 503', { kind: 'error', status: 503 }),
  'desk slow': desk('desk answers after 3 s', { kind: 'slow', delayMs: 3000 }),
  'desk loses answers': desk('desk does everything and answers nothing', { kind: 'answer-lost' }, 1500),
  'desk late': desk('desk acts after 3 s and never answers', { kind: 'late', delayMs: 3000 }, 800),
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
    scene: 'scraper',
    lastsMs: 1000,
    async begin({ scraper }) {
      scraper.flood();
      return nothing;
    },
  },
  'scrapers vanish': {
    what: '50 scrapers hang up',
    scene: 'scraper',
    lastsMs: 500,
    async begin({ scraper }) {
      scraper.vanish();
      return nothing;
    },
  },
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as readonly FaultName[];
/** After these there is another primary, and its counters begin anew. */
export const mortalFaults: readonly FaultName[] = ['kill primary', 'stop primary'];

/** Kills Redis and stops whoever would start it again, until undone. */
export async function takeRedisAway(target: Target): Promise<() => void> {
  const [pid, keeper] = [await target.redis.pid(), await target.redis.keeperPid()];
  signal(keeper, 'SIGSTOP');
  signal(pid, 'SIGKILL');
  return () => void signal(keeper, 'SIGCONT');
}

import { type Fault, nothing, type Scene } from '../fault.js';
import { pickFrom } from '../random.js';
import { type Order, signal, type Target } from '../target.js';
import { slowNotes, usualDesk } from './desk.js';

/** What happens to http and worker children. */

type Role = Extract<Scene, 'http' | 'worker'>;

function toChild(
  scene: Role,
  what: string,
  lastsMs: number,
  act: (pid: number, target: Target) => Promise<() => void> | (() => void),
): Fault {
  return {
    what,
    scenes: [scene],
    lastsMs,
    async begin({ target, random }) {
      const victim = pickFrom(await target.children(scene), random());
      return victim === undefined ? nothing : act(victim, target);
    },
  };
}

const kill = (pid: number) => {
  signal(pid, 'SIGKILL');
  return nothing;
};

export const freeze = (pid: number) => {
  signal(pid, 'SIGSTOP');
  return () => void signal(pid, 'SIGCONT');
};

function order(scene: Role, what: string, lastsMs: number, todo: Order): Fault {
  return toChild(scene, what, lastsMs, async (pid, target) => {
    await target.order([pid], todo);
    return nothing;
  });
}

/** How long a desk takes that is slow enough for a freeze to meet a request. Milliseconds. */
const slowMs = 2000;
/** How long to wait for a claim to freeze at; under load there is one several times a second. Milliseconds. */
const claimWithinMs = 3000;

/**
 * Under load a worker nearly always holds a claim or has a request on its way, so that a random moment is around one of
 * them. A claim seen in Redis is the narrower moment: the worker has it, and may not have sent the request yet.
 */
function freezeAround(what: string, lastsMs: number, moment: (target: Target) => Promise<unknown>): Fault {
  return {
    what,
    scenes: ['worker', 'desk'],
    lastsMs,
    async begin({ target, random }) {
      target.desk.behave(slowNotes(slowMs));
      const victim = pickFrom(await target.children('worker'), random());
      await moment(target);
      const thaw = victim === undefined ? nothing : freeze(victim);
      return () => {
        thaw();
        usualDesk(target, random);
      };
    },
  };
}

const anyMoment = async (): Promise<void> => undefined;
const atClaim = (target: Target): Promise<boolean> => target.redis.nextClaim(claimWithinMs);

/** Within which a new http child dies after it has asked for the listening socket. Milliseconds. */
const diesWithinMs = 300;

export const childFaults = {
  'kill http': toChild('http', 'SIGKILL of an http child', 0, kill),
  'kill worker': toChild('worker', 'SIGKILL of a worker child', 0, kill),
  'freeze http': toChild('http', 'SIGSTOP of an http child for 3 s', 3000, freeze),
  'freeze worker': toChild('worker', 'SIGSTOP of a worker child for 15 s, longer than its locks live', 15_000, freeze),
  'freeze in a post': freezeAround('SIGSTOP of a worker child for 3 s while its desk is slow', 3000, anyMoment),
  'freeze in a post, long': freezeAround('SIGSTOP of a worker child for 9 s while its desk is slow', 9000, anyMoment),
  'freeze at a claim': freezeAround('SIGSTOP of a worker child for 3 s as a note is claimed', 3000, atClaim),
  'freeze at a claim, long': freezeAround('SIGSTOP of a worker child for 9 s as a note is claimed', 9000, atClaim),
  'block http': order('http', 'the event loop of an http child blocked for 3 s', 3000, { kind: 'block', ms: 3000 }),
  'block worker': order('worker', 'the event loop of a worker child blocked for 3 s', 3000, {
    kind: 'block',
    ms: 3000,
  }),
  'leak http': order('http', 'a leak in an http child up to the cap of its heap', 0, { kind: 'leak' }),
  'leak worker': order('worker', 'a leak in a worker child up to the cap of its heap', 0, { kind: 'leak' }),
  'kill at listen': {
    what: 'an http child killed, and those that replace it end within 300 ms of asking for the listening socket',
    scenes: ['http'],
    lastsMs: 2500,
    async begin({ target, random }) {
      // At once, or a little later: the answer to the request for the socket is then under way, or there.
      const afterMs = random() < 0.5 ? 0 : Math.floor(random() * diesWithinMs);
      const by = random() < 0.5 ? 'SIGKILL' : 'exit';
      await target.orderNewChildren({ kind: 'die', role: 'http', at: 'listen', afterMs, by });
      const victim = pickFrom(await target.children('http'), random());
      if (victim !== undefined) signal(victim, 'SIGKILL');
      return () => target.orderNewChildren(undefined);
    },
  },
} as const satisfies Record<string, Fault>;

import type { DeskFault } from '../../test/support/desk-server.js';
import type { Fault } from '../fault.js';
import type { Random } from '../random.js';
import type { Target } from '../target.js';

/** What a help desk over HTTP does. */

/** A share of the desk's answers is lost all the time; a fault of the desk comes on top and goes again. */
const lostDeskAnswers = 0.05;

/** Of the notes, where the desk is slow in part. */
const slowShare = 0.15;

export function usualDesk(target: Target, random: Random): void {
  target.desk.behave((method) =>
    method === 'POST' && random() < lostDeskAnswers ? { kind: 'answer-lost' } : undefined,
  );
}

/** Slow with notes alone: its list of notes works, so that jobs come as far as the request that matters. */
export function slowNotes(delayMs: number): (method: 'POST' | 'GET') => DeskFault | undefined {
  return (method) => (method === 'POST' ? { kind: 'slow', delayMs } : undefined);
}

function desk(what: string, fault: DeskFault, lastsMs = 3000): Fault {
  return {
    what,
    scenes: ['desk'],
    lastsMs,
    async begin({ target, random }) {
      target.desk.behave(() => fault);
      return () => usualDesk(target, random);
    },
  };
}

/**
 * A desk that acts long after the request was given up, and within the time in which docs/reliability.md says that a note
 * must have shown up: 15 s after the connection has ended. With our timeout of 10 s that is 18 s after the request. The
 * second bound is for a worker that was frozen meanwhile and hangs up late.
 */
const afterHangUp: DeskFault = { kind: 'after-hang-up', delayMs: 8000, atMostMs: 20_000 };

/**
 * Some of its notes are added only after the client has hung up. Not all: jobs that wait for a free place in a worker would
 * come back so late that they find the note of the interrupted request.
 */
export function slowInPart(random: Random): (method: 'POST' | 'GET') => DeskFault | undefined {
  return (method) => (method === 'POST' && random() < slowShare ? afterHangUp : undefined);
}

const unauthorised: DeskFault = { kind: 'error', status: 401, code: 4014 };

export const deskFaults = {
  'desk down': desk('desk answers 503', { kind: 'error', status: 503 }),
  'desk slow': desk('desk answers after 3 s', { kind: 'slow', delayMs: 3000 }),
  'desk loses answers': desk('desk does everything and answers nothing', { kind: 'answer-lost' }, 1500),
  'desk late': desk('desk acts after 3 s and never answers', { kind: 'late', delayMs: 3000 }, 800),
  'desk later than timeout': {
    what: 'desk acts 8 s after its client has given up',
    scenes: ['desk'],
    lastsMs: 800,
    async begin({ target, random }) {
      target.desk.behave((method) => (method === 'POST' ? afterHangUp : undefined));
      return () => usualDesk(target, random);
    },
  },
  'desk throttles': desk(
    'desk answers 429 with Retry-After',
    { kind: 'rate-limited', retryAfterSeconds: 3 },
    // Longer than a job's attempts last, so that a job that only tries again fails.
    8000,
  ),
  'desk throttles, code 4015': desk(
    'desk answers 400 with code 4015, and no Retry-After',
    { kind: 'rate-limited', asBadRequest: true },
    8000,
  ),
  'token refused': desk('desk answers 401 for 5 s, and then takes the same credential again', unauthorised, 5000),
  'token renewed': {
    what: 'the desk takes another credential only, and its file has that one 5 s later',
    scenes: ['desk'],
    lastsMs: 5000,
    async begin({ target, random }) {
      const credential = `desk-secret-${Math.floor(random() * 1e9)}`;
      target.desk.setCredential(credential);
      return () => target.tenants.setCredential(credential);
    },
  },
} as const satisfies Record<string, Fault>;

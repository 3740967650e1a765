import { describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { whyNotStarted } from '../../../../src/redis/embedded/redis-log.js';
import {
  beginning,
  type KeeperEffect,
  type KeeperEvent,
  type KeeperState,
  terminateWithinMs,
  transition,
} from '../../../../src/redis/embedded/keeper-machine.js';
import { parseKeeperMessage } from '../../../../src/redis/embedded/keeper-messages.js';
import { temporaryFolder } from '../../../support/opened.js';

const killed = { type: 'redis-ended', code: null, signal: 'SIGKILL' } as const;
const failed = { type: 'redis-ended', code: 1, signal: null } as const;

const states = {
  locking: { name: 'locking' },
  starting: { name: 'starting', deaths: 1 },
  serving: { name: 'serving', deaths: 1 },
  pausing: { name: 'pausing', deaths: 1 },
  stopping: { name: 'stopping' },
  killing: { name: 'killing' },
  ended: { name: 'ended' },
} as const satisfies Record<KeeperState['name'], KeeperState>;

const events = {
  'lock-taken': { type: 'lock-taken' },
  'lock-held': { type: 'lock-held' },
  'lock-unusable': { type: 'lock-unusable' },
  'redis-ready': { type: 'redis-ready' },
  'redis-ended': killed,
  timer: { type: 'timer' },
  stop: { type: 'stop' },
} as const satisfies Record<KeeperEvent['type'], KeeperEvent>;

type Row = readonly [KeeperState['name'], KeeperEvent['type'], KeeperState, readonly KeeperEffect[]];

const exit = (code: number): readonly KeeperEffect[] => [{ do: 'exit', code }];
const died = (served: boolean): readonly KeeperEffect[] => [
  { do: 'report', message: { type: 'redis-ended', code: null, signal: 'SIGKILL', served, pauseMs: 1000 } },
  { do: 'set-timer', ms: 1000 },
];
const terminate: readonly KeeperEffect[] = [{ do: 'terminate-redis' }, { do: 'set-timer', ms: terminateWithinMs }];
const serve: readonly KeeperEffect[] = [
  { do: 'report', message: { type: 'redis-ready' } },
  { do: 'set-timer', ms: 10_000 },
];

/** Every transition that does something. */
const transitions: readonly Row[] = [
  ['locking', 'lock-taken', { name: 'starting', deaths: 0 }, [{ do: 'start-redis' }]],
  ['locking', 'lock-held', states.ended, exit(75)],
  ['locking', 'lock-unusable', states.ended, exit(74)],
  ['locking', 'stop', states.ended, exit(0)],
  ['starting', 'redis-ready', { name: 'serving', deaths: 1 }, serve],
  ['starting', 'redis-ended', { name: 'pausing', deaths: 2 }, died(false)],
  ['starting', 'stop', states.stopping, terminate],
  ['serving', 'redis-ended', { name: 'pausing', deaths: 2 }, died(true)],
  ['serving', 'timer', { name: 'serving', deaths: 0 }, []],
  ['serving', 'stop', states.stopping, terminate],
  ['pausing', 'timer', { name: 'starting', deaths: 1 }, [{ do: 'start-redis' }]],
  ['pausing', 'stop', states.ended, exit(0)],
  ['stopping', 'redis-ended', states.ended, exit(0)],
  ['stopping', 'timer', states.killing, [{ do: 'kill-redis' }]],
  ['killing', 'redis-ended', states.ended, exit(0)],
];

const all = Object.values(states).flatMap((state) => Object.values(events).map((event) => [state, event] as const));

describe('the keeper of the embedded Redis', () => {
  it('begins with the lock of its folder', () => {
    expect(beginning).toEqual({ state: states.locking, effects: [{ do: 'take-lock' }] });
  });

  it.each(transitions)('while %s, on %s', (state, event, next, effects) => {
    expect(transition(states[state], events[event])).toEqual({ state: next, effects });
  });

  it.each(
    all.filter(([state, event]) => !transitions.some(([name, type]) => name === state.name && type === event.type)),
  )('%j ignores %j', (state, event) => {
    const next = transition(state, event);
    expect(next.state).toBe(state);
    expect(next.effects).toEqual([]);
  });

  it('ends Redis by any stop: no state is left behind by it but those that end', () => {
    for (const state of Object.values(states)) {
      expect(['stopping', 'killing', 'ended']).toContain(transition(state, events.stop).state.name);
    }
  });

  it.each([
    ['was killed', killed, [100, 1000, 2000, 2000, 2000, 2000]],
    ['ended by itself', failed, [100, 1000, 2000, 4000, 8000, 8000]],
  ])('starts a Redis that %s again after a growing pause', (_what, event, pauses) => {
    let state: KeeperState = { name: 'starting', deaths: 0 };
    const seen = pauses.map(() => {
      const ended = transition(state, event);
      state = transition(ended.state, events.timer).state;
      const timer = ended.effects.find((effect) => effect.do === 'set-timer');
      return timer?.do === 'set-timer' ? timer.ms : undefined;
    });
    expect(seen).toEqual(pauses);
  });

  it.each([
    [{ type: 'redis-ready' }, { type: 'redis-ready' }],
    [
      { ...killed, served: true, pauseMs: 100 },
      { ...killed, served: true, pauseMs: 100 },
    ],
    [{ ...killed, served: true }, undefined],
    [{ ...failed, code: '1', served: true, pauseMs: 100 }, undefined],
    [{ type: 'party' }, undefined],
    ['redis-ready', undefined],
    [null, undefined],
  ])('tells the primary %j, which understands %j', (value, message) => {
    expect(parseKeeperMessage(value)).toEqual(message);
  });
});

describe('why Redis does not start', () => {
  it('is the last line of its log, however long that is', () => {
    const file = join(temporaryFolder(), 'redis.log');
    expect(whyNotStarted(file)).toBe('it said nothing');
    writeFileSync(file, '');
    expect(whyNotStarted(file)).toBe('it said nothing');
    writeFileSync(file, `${'x\n'.repeat(100_000)}# Can't open the log\n\n`);
    expect(whyNotStarted(file)).toBe("# Can't open the log");
    writeFileSync(file, '# Bad file format.\n');
    expect(whyNotStarted(file)).toBe('# Bad file format');
  });

  it('is a full disk before anything that the log on it says', () => {
    // Its file system has no room.
    expect(whyNotStarted('/proc/redis.log')).toBe('No space left on device (/proc)');
  });
});

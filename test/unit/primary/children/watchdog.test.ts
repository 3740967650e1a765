import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '../../../../src/logging/logger.js';
import type { ChildHandle } from '../../../../src/primary/children/child-handle.js';
import type { Life } from '../../../../src/primary/children/ending.js';
import { watchForHungChildren } from '../../../../src/primary/children/watchdog.js';

const log = createLogger({ level: 'silent', role: 'primary', slot: 0 });
const hungMs = 5000;

/** A child that last reported so many milliseconds ago; undefined: it has not reported since its fork. */
function watched(life: Life, silentMs: number | undefined, ageMs = 60_000) {
  const kills: string[] = [];
  const child: Pick<ChildHandle, 'role' | 'slot' | 'pid' | 'workerId' | 'ageMs' | 'life' | 'kill'> = {
    role: 'worker',
    slot: 0,
    pid: 1,
    workerId: 1,
    ageMs,
    life,
    kill: (reason) => void kills.push(reason),
  };
  stops.push(watchForHungChildren({ children: () => [child], reports: { ageMs: () => silentMs }, hungMs, log }));
  return kills;
}

const stops: (() => void)[] = [];
let nowMs: number;
/** The timer fires once, this long after the last time. */
const fireAfter = (ms: number): void => {
  nowMs += ms;
  jest.advanceTimersByTime(1000);
};

beforeEach(() => {
  nowMs = 0;
  jest.useFakeTimers({ doNotFake: ['performance'] });
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('the watchdog', () => {
  it.each<[string, Life, number | undefined, string[]]>([
    ['kills a child that serves and has not reported for too long', 'ready', 5001, ['hung']],
    ['kills a child that has never reported as one that cannot start', 'starting', undefined, ['start_failed']],
    ['does nothing to a child that reports', 'ready', 4000, []],
    ['does nothing to a child that drains', 'draining', 60_000, []],
  ])('%s', (_what, life, silentMs, killed) => {
    const kills = watched(life, silentMs);
    fireAfter(1000);
    expect(kills).toEqual(killed);
  });

  it('lets a child start for 30 s, however short the silence of one that serves may be', () => {
    const kills = watched('starting', undefined, 29_000);
    fireAfter(1000);
    expect(kills).toEqual([]);
  });

  it('does not take children for silent after the primary itself was stopped: their reports are unread', () => {
    const kills = watched('ready', 60_000);
    fireAfter(30_000);
    expect(kills).toEqual([]);
    fireAfter(1000);
    expect(kills).toEqual(['hung']);
  });
});

import type { KeeperMessage, RedisEnd } from './keeper-messages.js';

/**
 * The state machine of the keeper of the embedded Redis. The process around it (redis-keeper.ts) carries out the effects, one
 * transition at a time, so an event cannot occur between a test and an assignment.
 *
 *   locking ──lock-taken──> starting ──redis-ready──> serving
 *                             ^  └──redis-ended──┐       │ redis-ended
 *                             └──timer── pausing <───────┘
 *   starting, serving ──stop──> stopping ──timer──> killing
 *   locking, pausing ──stop──> ended <──redis-ended── stopping, killing
 */
export type KeeperState =
  | { readonly name: 'locking' }
  /** Redis was started and does not answer yet. */
  | { readonly name: 'starting'; readonly deaths: number }
  | { readonly name: 'serving'; readonly deaths: number }
  /** Redis ended; it is started again when the timer expires. */
  | { readonly name: 'pausing'; readonly deaths: number }
  /** Redis was asked to end. */
  | { readonly name: 'stopping' }
  /** Redis did not end when it was asked to, and was killed. */
  | { readonly name: 'killing' }
  | { readonly name: 'ended' };

export type KeeperEvent =
  | { readonly type: 'lock-taken' }
  | { readonly type: 'lock-held' }
  | { readonly type: 'lock-unusable' }
  /** The Redis that this keeper started answers commands. */
  | { readonly type: 'redis-ready' }
  | ({ readonly type: 'redis-ended' } & RedisEnd)
  /** The timer of the current state has expired. */
  | { readonly type: 'timer' }
  /** A TERM, or the end of the lifeline. */
  | { readonly type: 'stop' };

export type KeeperEffect =
  | { readonly do: 'take-lock' }
  | { readonly do: 'start-redis' }
  | { readonly do: 'terminate-redis' }
  | { readonly do: 'kill-redis' }
  | { readonly do: 'report'; readonly message: KeeperMessage }
  /** Sets the timer of the state that is entered; the next change of state clears it. */
  | { readonly do: 'set-timer'; readonly ms: number }
  | { readonly do: 'exit'; readonly code: number };

export interface Transition {
  readonly state: KeeperState;
  readonly effects: readonly KeeperEffect[];
}

/** Exit codes of the keeper. */
export const keeperExits = { stopped: 0, lockUnusable: 74, lockHeld: 75 } as const;

/** Delay of the restart after the first, second, … consecutive death. Milliseconds. */
const pausesMs = [100, 1000, 2000, 4000, 8000];
/** Upper bound of the delay if Redis was killed or told to end: its next start can succeed. Milliseconds. */
const longestPauseAfterKillMs = 2000;
/** Time of serving that resets the count of consecutive deaths. Milliseconds. */
const stableAfterMs = 10_000;
/** How long Redis may take to end. Every write is on disk already, so a kill loses nothing. Milliseconds. */
export const terminateWithinMs = 3000;

export const beginning: Transition = { state: { name: 'locking' }, effects: [{ do: 'take-lock' }] };

export function transition(state: KeeperState, event: KeeperEvent): Transition {
  switch (state.name) {
    case 'locking':
      return whileLocking(state, event);
    case 'starting':
    case 'serving':
      return whileRunning(state, event);
    case 'pausing':
      if (event.type === 'timer') return start(state.deaths);
      return event.type === 'stop' ? end(keeperExits.stopped) : ignore(state);
    case 'stopping':
      if (event.type === 'timer') return { state: { name: 'killing' }, effects: [{ do: 'kill-redis' }] };
      return event.type === 'redis-ended' ? end(keeperExits.stopped) : ignore(state);
    case 'killing':
      return event.type === 'redis-ended' ? end(keeperExits.stopped) : ignore(state);
    case 'ended':
      return ignore(state);
  }
}

function whileLocking(state: KeeperState, event: KeeperEvent): Transition {
  switch (event.type) {
    case 'lock-taken':
      return start(0);
    case 'lock-held':
      return end(keeperExits.lockHeld);
    case 'lock-unusable':
      return end(keeperExits.lockUnusable);
    case 'stop':
      return end(keeperExits.stopped);
    default:
      return ignore(state);
  }
}

type Running = Extract<KeeperState, { readonly name: 'starting' | 'serving' }>;

function whileRunning(state: Running, event: KeeperEvent): Transition {
  switch (event.type) {
    case 'redis-ready':
      if (state.name === 'serving') return ignore(state);
      return {
        state: { name: 'serving', deaths: state.deaths },
        effects: [
          { do: 'report', message: { type: 'redis-ready' } },
          { do: 'set-timer', ms: stableAfterMs },
        ],
      };
    case 'redis-ended': {
      const { code, signal } = event;
      const pauseMs = pauseAfter(state.deaths, event);
      const message = { type: 'redis-ended', code, signal, served: state.name === 'serving', pauseMs } as const;
      return {
        state: { name: 'pausing', deaths: state.deaths + 1 },
        effects: [
          { do: 'report', message },
          { do: 'set-timer', ms: pauseMs },
        ],
      };
    }
    case 'timer':
      return state.name === 'serving' ? { state: { name: 'serving', deaths: 0 }, effects: [] } : ignore(state);
    case 'stop':
      return {
        state: { name: 'stopping' },
        effects: [{ do: 'terminate-redis' }, { do: 'set-timer', ms: terminateWithinMs }],
      };
    default:
      return ignore(state);
  }
}

function pauseAfter(deaths: number, { code }: RedisEnd): number {
  const pauseMs = pausesMs[Math.min(deaths, pausesMs.length - 1)] ?? longestPauseAfterKillMs;
  const endedByItself = code !== null && code !== 0;
  return endedByItself ? pauseMs : Math.min(pauseMs, longestPauseAfterKillMs);
}

function start(deaths: number): Transition {
  return { state: { name: 'starting', deaths }, effects: [{ do: 'start-redis' }] };
}

function end(code: number): Transition {
  return { state: { name: 'ended' }, effects: [{ do: 'exit', code }] };
}

function ignore(state: KeeperState): Transition {
  return { state, effects: [] };
}

import type { Reading } from '../../cluster-metrics/index.js';
import type { ChildStatus } from '../children/child-status.js';
import { createConditionAges, withProblem } from './condition-ages.js';
import { createRecentIncreases } from './recent-increases.js';
import type { ChildFact } from './state-facts.js';

/** Span of `recentRestarts`, and the interval of its samples. Milliseconds. */
const restartsWithin = { spanMs: 5 * 60_000, stepMs: 1000 };

/** Reads how long children have been missing or without Redis, and how often they were restarted. */
export function createChildFacts(statusOfAll: () => readonly ChildStatus[]): (nowMs: number) => readonly ChildFact[] {
  const missing = createConditionAges();
  const withoutRedis = createConditionAges();
  const restarts = createRecentIncreases(restartsWithin);

  return (nowMs) => {
    const children = statusOfAll();
    const missingFor = missing.note(children.filter(({ state }) => state !== 'ready').map(nameOf));
    const withoutRedisFor = withoutRedis.note(
      children.filter(({ redisProblem }) => redisProblem !== undefined).map(nameOf),
    );
    restarts.sample(() => children.map(restartsOf), nowMs);
    const recent = new Map(restarts.increases(nowMs).map(({ labels, value }) => [labels['child'], value]));
    return children.map((child) => ({
      role: child.role,
      slot: child.slot,
      state: child.state,
      lastEnding: child.lastRestart?.detail,
      missing: missingFor.get(nameOf(child)),
      redis: withProblem(withoutRedisFor.get(nameOf(child)), child.redisProblem),
      recentRestarts: recent.get(nameOf(child)) ?? 0,
    }));
  };
}

function nameOf({ role, slot }: ChildStatus): string {
  return `${role} ${slot}`;
}

function restartsOf(child: ChildStatus): Reading {
  return { labels: { child: nameOf(child) }, value: child.restarts };
}

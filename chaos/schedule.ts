import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, type FaultName, type FaultSite, faults, type Scene } from './faults.js';
import type { Random } from './random.js';

export interface Appointment {
  /** From the start. */
  readonly atMs: number;
  readonly fault: FaultName;
}

/** Between two faults on average; they overlap where their scenes differ. Milliseconds. */
const everyMs = 1000;

/** Every fault of these once in random order, then again in another one, until the time is up. */
export function planFaults(names: readonly FaultName[], random: Random, durationMs: number): Appointment[] {
  const plan: Appointment[] = [];
  let deck: FaultName[] = [];
  for (let atMs = everyMs; atMs < durationMs; atMs += everyMs * (0.5 + random())) {
    if (deck.length === 0) deck = shuffled(names, random);
    const fault = deck.pop();
    if (fault !== undefined) plan.push({ atMs, fault });
  }
  return plan;
}

function shuffled<T>(all: readonly T[], random: Random): T[] {
  return all
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

/**
 * Injects the faults as planned, one at a time on each scene, and undoes them all.
 *
 * @returns how often each was injected
 */
export async function injectFaults(
  plan: readonly Appointment[],
  site: FaultSite,
  say: (text: string) => void,
): Promise<ReadonlyMap<FaultName, number>> {
  const busy = new Map<Scene, Promise<void>>();
  const injected = new Map<FaultName, number>();
  const startMs = performance.now();
  const injectOne = async (name: FaultName, before: Promise<void> | undefined): Promise<void> => {
    await before;
    const { what, lastsMs, begin }: Fault = faults[name];
    say(what);
    const undo = await begin(site);
    injected.set(name, (injected.get(name) ?? 0) + 1);
    await sleep(lastsMs);
    await undo();
  };
  for (const { atMs, fault } of plan) {
    await sleep(Math.max(0, startMs + atMs - performance.now()));
    const { scene } = faults[fault];
    busy.set(scene, injectOne(fault, busy.get(scene)));
  }
  await Promise.all(busy.values());
  return injected;
}

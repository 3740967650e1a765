import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultSite, Scene } from './fault.js';
import { type FaultName, faults } from './faults.js';
import type { Random } from './random.js';

export interface Appointment {
  /** From the start. */
  readonly atMs: number;
  readonly fault: FaultName;
}

/** A fault that happened. */
export interface Injection {
  readonly fault: FaultName;
  /** Epoch milliseconds. */
  readonly beganMs: number;
  /** When it had been undone. */
  endedMs: number | undefined;
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
 * @throws Error when one cannot be injected or undone: the service did not come back
 */
export async function injectFaults(
  plan: readonly Appointment[],
  site: FaultSite,
  say: (text: string) => void,
): Promise<readonly Injection[]> {
  const busy = new Map<Scene, Promise<void>>();
  const injections: Injection[] = [];
  const startMs = performance.now();
  let failure: Error | undefined;
  const injectOne = async (name: FaultName, before: readonly (Promise<void> | undefined)[]): Promise<void> => {
    await Promise.all(before);
    if (failure !== undefined) return;
    const { what, lastsMs, begin }: Fault = faults[name];
    say(what);
    const injection: Injection = { fault: name, beganMs: Date.now(), endedMs: undefined };
    injections.push(injection);
    const undo = await begin(site);
    await sleep(lastsMs);
    await undo();
    injection.endedMs = Date.now();
  };
  for (const { atMs, fault } of plan) {
    await sleep(Math.max(0, startMs + atMs - performance.now()));
    if (failure !== undefined) break;
    const { scenes }: Fault = faults[fault];
    const done = injectOne(
      fault,
      scenes.map((scene) => busy.get(scene)),
    ).catch((cause: unknown) => {
      failure ??= new Error(`the fault "${faults[fault].what}" could not be injected or undone`, { cause });
    });
    for (const scene of scenes) busy.set(scene, done);
  }
  await Promise.all(busy.values());
  if (failure !== undefined) throw failure;
  return injections;
}

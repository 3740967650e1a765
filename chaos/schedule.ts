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
/** What the begin and the undoing of a fault take, where it does not say: milliseconds. */
const usuallyTakesMs = 200;

/**
 * Faults in random order, each at a moment at which its scenes are free. All are shuffled; one whose scenes are busy waits
 * in line. When only such are left all are shuffled again behind them, so that a scene with many long faults does not keep
 * the others from happening. The first in line has its scenes kept free for it: several would never be free together
 * otherwise.
 */
export function planFaults(names: readonly FaultName[], random: Random, durationMs: number): Appointment[] {
  const plan: Appointment[] = [];
  const freeAtMs = new Map<Scene, number>();
  const scenesOf = (name: FaultName): readonly Scene[] => faults[name].scenes;
  let line: FaultName[] = [];
  for (let atMs = everyMs; atMs < durationMs; atMs += everyMs * (0.5 + random())) {
    const isFree = (name: FaultName): boolean => scenesOf(name).every((scene) => (freeAtMs.get(scene) ?? 0) <= atMs);
    const next = (): FaultName | undefined => {
      const [first] = line;
      if (first === undefined || isFree(first)) return first;
      const kept = scenesOf(first);
      return line.find((name) => isFree(name) && !scenesOf(name).some((scene) => kept.includes(scene)));
    };
    if (next() === undefined) line = [...line, ...shuffled(names, random)].slice(0, longestLine * names.length);
    const fault = next();
    if (fault === undefined) continue;
    line.splice(line.indexOf(fault), 1);
    plan.push({ atMs, fault });
    const { lastsMs, takesMs = usuallyTakesMs }: Fault = faults[fault];
    for (const scene of scenesOf(fault)) freeAtMs.set(scene, atMs + lastsMs + takesMs);
  }
  return plan;
}

/** How often a fault may stand in the line: those of a scene that is always busy would make it longer and longer. */
const longestLine = 3;

function shuffled<T>(all: readonly T[], random: Random): T[] {
  return all
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

/** A fault whose scenes are busy for this long after the last one was due, on a slow machine, is left out. Milliseconds. */
const overtimeMs = 10_000;

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
  const endMs = (plan.at(-1)?.atMs ?? 0) + overtimeMs;
  let failure: Error | undefined;
  const injectOne = async (name: FaultName, before: readonly Promise<void>[]): Promise<void> => {
    await Promise.all(before);
    if (failure !== undefined || performance.now() > startMs + endMs) return;
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
      scenes.flatMap((scene) => busy.get(scene) ?? []),
    ).catch((cause: unknown) => {
      failure ??= new Error(`the fault "${faults[fault].what}" could not be injected or undone`, { cause });
    });
    for (const scene of scenes) busy.set(scene, done);
  }
  await Promise.all(busy.values());
  if (failure !== undefined) throw failure;
  return injections;
}

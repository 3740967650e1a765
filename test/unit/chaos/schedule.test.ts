import { describe, expect, it } from '@jest/globals';
import type { Fault, Scene } from '../../../chaos/fault.js';
import { faultNames, faults } from '../../../chaos/faults.js';
import { createRandom } from '../../../chaos/random.js';
import { planFaults } from '../../../chaos/schedule.js';

const plan = (seed: number, minutes = 1) => planFaults(faultNames, createRandom(seed), minutes * 60_000);

describe('the schedule of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(plan(1)).toEqual(plan(1));
    expect(plan(1)).not.toEqual(plan(2));
  });

  it('has every fault within four minutes, whatever the seed', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const planned = new Set(plan(seed, 4).map(({ fault }) => fault));
      expect(faultNames.filter((name) => !planned.has(name))).toEqual([]);
    }
  });

  it('has one fault at a time on each scene', () => {
    const freeAtMs = new Map<Scene, number>();
    for (const { atMs, fault } of plan(3, 10)) {
      const { scenes, lastsMs }: Fault = faults[fault];
      for (const scene of scenes) {
        expect(freeAtMs.get(scene) ?? 0).toBeLessThanOrEqual(atMs);
        freeAtMs.set(scene, atMs + lastsMs);
      }
    }
  });

  it('has more than thirty faults a minute', () => {
    expect(plan(4, 10).length).toBeGreaterThan(300);
  });
});

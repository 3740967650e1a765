import { describe, expect, it } from '@jest/globals';
import { faultNames } from '../../chaos/faults.js';
import { createRandom } from '../../chaos/random.js';
import { planFaults } from '../../chaos/schedule.js';

const plan = (seed: number) => planFaults(faultNames, createRandom(seed), 60_000);

describe('the schedule of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(plan(1)).toEqual(plan(1));
    expect(plan(1)).not.toEqual(plan(2));
  });

  it('has every fault once before any comes again', () => {
    const names = [...faultNames].sort();
    const first = plan(3).slice(0, names.length);
    expect(first.map(({ fault }) => fault).sort()).toEqual(names);
  });
});

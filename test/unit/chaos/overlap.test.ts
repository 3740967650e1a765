import { describe, expect, it } from '@jest/globals';
import { createOverlap } from '../../../chaos/overlap.js';

describe('the overlap of two things that are looked at', () => {
  it('lasts from when both held to the last look that found both so', () => {
    const overlap = createOverlap();
    overlap.look('left', true, 0);
    overlap.look('right', true, 1000);
    overlap.look('left', true, 3000);
    expect(overlap.longest).toEqual({ ms: 0, endedAtMs: undefined });
    overlap.look('right', true, 2500);
    expect(overlap.longest).toEqual({ ms: 1500, endedAtMs: 2500 });
  });

  it('ends with the first look that finds one of them otherwise, and the longest is kept', () => {
    const overlap = createOverlap();
    for (const atMs of [0, 1000, 2000]) {
      overlap.look('left', true, atMs);
      overlap.look('right', true, atMs);
    }
    overlap.look('right', false, 3000);
    overlap.look('left', true, 4000);
    overlap.look('right', true, 4000);
    overlap.look('left', true, 5000);
    overlap.look('right', true, 5500);
    expect(overlap.longest).toEqual({ ms: 2000, endedAtMs: 2000 });
  });
});

import { describe, expect, it } from '@jest/globals';
import { createDepthHistory } from '../../../../src/primary/watchers/depth-history.js';

describe('the history of the depth', () => {
  const minute = 60_000;
  it('keeps the highest of each step, in order, and a mark where the queue could not be read', () => {
    const history = createDepthHistory();
    const start = 100 * minute;
    history.note(3, start);
    history.note(7, start + 1000);
    history.note(2, start + 2000);
    history.note(undefined, start + 3000);
    history.note(undefined, start + 6000);
    history.note(0, start + 11_000);
    expect(history.points(start + 12_000).map(([, depth]) => depth)).toEqual([7, null, 0]);
  });

  it('forgets what is older than 15 minutes, and stays small', () => {
    const history = createDepthHistory();
    for (let second = 0; second < 3600; second++) history.note(second, second * 1000);
    const points = history.points(3_599_000);
    expect(points).toHaveLength(180);
    expect(points[0]?.[0]).toBeGreaterThanOrEqual(3599 - 15 * 60);
    expect(points.at(-1)).toEqual([3599, 3599]);
    expect(history.points(3_599_000 + 14 * minute)).toHaveLength(12);
    expect(history.points(3_599_000 + 16 * minute)).toEqual([]);
  });
});

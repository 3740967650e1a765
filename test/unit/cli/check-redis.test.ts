import { describe, expect, it } from '@jest/globals';
import { judgeClock } from '../../../src/cli/checks/redis.js';

describe('the clocks of this machine and of Redis', () => {
  const redisSeconds = 1_764_000_000;

  it.each([
    [0, undefined],
    [29, undefined],
    [-29, undefined],
    [30, '30 s ahead of'],
    [-312, '5 min 12 s behind'],
    [3600, '60 min 0 s ahead of'],
  ])('with a difference of %s s', (ahead, words) => {
    const found = judgeClock(redisSeconds, redisSeconds + ahead);
    if (words === undefined) expect(found).toEqual([]);
    else {
      expect(found).toEqual([
        { subject: 'redis', level: 'warning', text: expect.stringContaining(`is ${words} that of Redis.`) },
      ]);
    }
  });
});

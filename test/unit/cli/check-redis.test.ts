import { describe, expect, it } from '@jest/globals';
import { judgeClock, judgeSpace } from '../../../src/cli/checks/redis.js';

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

describe('the disk of DATA_DIR', () => {
  it('is warned of before it is full', () => {
    expect(judgeSpace('/data', 2 ** 30)).toEqual([]);
    expect(judgeSpace('/data', 12.7 * 2 ** 20)).toEqual([
      {
        subject: 'redis',
        level: 'warning',
        text: 'the disk of DATA_DIR /data has 12 MiB left. Free some: when it is full, webhooks get 503.',
      },
    ]);
  });
});

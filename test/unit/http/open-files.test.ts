import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { connectionsWithinLimit } from '../../../src/http/open-files.js';

const limitsOf = (limit: number | string): string =>
  spawnSync('sh', ['-c', `ulimit -n ${limit}; exec cat /proc/self/limits`], { encoding: 'utf8' }).stdout;

describe('the bound of connections', () => {
  it.each([
    [1024, 924],
    [200, 100],
    [64, 20],
  ])('under a limit of %d open files leaves some for what else the process opens', (limit, connections) => {
    expect(connectionsWithinLimit(10_000, limitsOf(limit))).toBe(connections);
  });

  it('is never above the server’s own, and that one where no limit is known', () => {
    expect([connectionsWithinLimit(50, limitsOf(200)), connectionsWithinLimit(10_000, '')]).toEqual([50, 10_000]);
    expect(
      connectionsWithinLimit(10_000, 'Max open files            unlimited            unlimited            files'),
    ).toBe(10_000);
  });
});

import { describe, expect, it } from '@jest/globals';
import { connectionsWithinLimit } from '../../../src/http/open-files.js';

/** As in proc_pid_limits(5). */
const limitsOf = (softLimit: number | 'unlimited'): string => `\
Limit                     Soft Limit           Hard Limit           Units
Max locked memory         65536                65536                bytes
Max open files            ${String(softLimit).padEnd(21)}524288               files
Max processes             41576                41576                processes
`;

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
    expect(connectionsWithinLimit(10_000, limitsOf('unlimited'))).toBe(10_000);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jobIdFor } from '../../../src/queue/job.js';

describe('a job’s id', () => {
  it('is the same for the same delivery, and for no other', () => {
    const text = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(text, text, text, text, (tenantA, idA, tenantB, idB) => {
        const same = tenantA === tenantB && idA === idB;
        expect(jobIdFor(tenantA, idA) === jobIdFor(tenantB, idB)).toBe(same);
      }),
    );
    expect(jobIdFor('a', 'bc')).not.toBe(jobIdFor('ab', 'c'));
  });

  it('is never a key of the queue or a number', () => {
    for (const id of ['meta', 'active', '1', 'a:b', '']) expect(jobIdFor('acme', id)).toMatch(/^d[0-9a-f]{40}$/);
  });
});

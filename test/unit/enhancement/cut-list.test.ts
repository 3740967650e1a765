import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { cutTo } from '../../../src/enhancement/cut-list.js';

it('validates the first entries of a list and no others', () => {
  const wrong = Array.from({ length: 100_000 }, () => 1);
  expect(cutTo(3, z.array(z.string())).safeParse(wrong).error?.issues).toHaveLength(3);
  expect(cutTo(2, z.array(z.string())).parse(['a', 'b', 1])).toEqual(['a', 'b']);
  expect(cutTo(2, z.array(z.string())).safeParse('ab').success).toBe(false);
});

import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { ticketResolvedSchema } from '../../src/api/payloads.js';
import { cutTo } from '../../src/enhancement/cut-list.js';

it('validates the first entries of a list and no others', () => {
  const wrong = Array.from({ length: 100_000 }, () => 1);
  expect(cutTo(3, z.array(z.string())).safeParse(wrong).error?.issues).toHaveLength(3);
  expect(cutTo(2, z.array(z.string())).parse(['a', 'b', 1])).toEqual(['a', 'b']);
  expect(cutTo(2, z.array(z.string())).safeParse('ab').success).toBe(false);
});

it('refuses a list that is too long where its end must not be lost', () => {
  const { tags } = ticketResolvedSchema.shape;
  const list = (length: number) => Array.from({ length }, () => 'vpn');
  expect(tags.parse(undefined)).toEqual([]);
  expect(tags.parse(list(32))).toHaveLength(32);
  expect(tags.safeParse(list(100_000)).error?.issues).toMatchObject([{ message: 'may have 32 entries at most' }]);
});

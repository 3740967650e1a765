import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { temporaryFolder } from '../support/opened.js';

const toldSchema = z.object({
  items: z.number().optional(),
  last: z.object({ name: z.string() }).loose().optional(),
  leftOut: z.object({ skipped: z.number(), truncated: z.number() }).loose().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  longestMs: z.number(),
});

/** As a worker of the built service reads it, in a process of its own. */
function read(text: string) {
  const file = join(temporaryFolder(), 'inventory.yaml');
  writeFileSync(file, text);
  const output = execFileSync(process.execPath, ['test/system/inventory-program.mjs', file], { encoding: 'utf8' });
  return { file, told: toldSchema.parse(JSON.parse(output)) };
}

const asset = (i: number): string =>
  `- name: vpn-${i}\n  kind: gateway\n  location: Berlin\n  aliases: [vpn${i}, tunnel${i}]\n  notes: The tunnel drops.\n`;
const assets = (count: number): string => Array.from({ length: count }, (_, i) => asset(i)).join('');

describe('a large inventory', () => {
  it('is read without blocking the loop for more than 50 ms', () => {
    let longestMs = Number.POSITIVE_INFINITY;
    // A busy machine makes a run slower; work that is too long is too long in each.
    for (let run = 0; run < 4 && longestMs > 50; run++) {
      const { told } = read(assets(20_000));
      expect(told).toMatchObject({ items: 20_000, last: { name: 'vpn-19999' }, leftOut: { skipped: 0, truncated: 0 } });
      longestMs = Math.min(longestMs, told.longestMs);
    }
    expect(longestMs).toBeLessThanOrEqual(50);
  });

  it('that is none is refused in the sentence of a small one', () => {
    const { file, told } = read(`assets:\n  name: a\n  notes: ${'x'.repeat(100_000)}\n`);
    expect(told).toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: `${file} cannot be used: it must be a list. Correct it, or its path.`,
    });
  });
});

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Real processes and threads of each kind, ended right after what they were told is safe. */

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'te-kinds-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

interface Seen {
  /** Scrapes that showed less than was safe, and that showed less than the one before. */
  readonly missing: readonly unknown[];
  readonly decreases: readonly unknown[];
  readonly told: number;
  readonly counted: number;
  /** Printed lines while three children lived, and after them. */
  readonly level: readonly string[];
  readonly own: readonly string[];
  readonly left: readonly string[];
}

async function run(kind: string, kills: number): Promise<Seen> {
  const program = spawn(process.execPath, ['test/system/kinds-program.mjs'], {
    env: { PATH: process.env['PATH'], KIND: kind, LEDGER_DIR: folder, KILLS: String(kills) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await text(program.stdout)) as Seen;
}

describe.each(['cluster', 'process', 'thread', 'socket'])('children of the kind %s', (kind) => {
  it('lose nothing that they were told is counted when they are ended right after', async () => {
    const kills = 12;
    const { missing, decreases, told, counted, level, own, left } = await run(kind, kills);
    expect(missing).toEqual([]);
    expect(decreases).toEqual([]);
    // An end may fall between the frame and the note of it, once for each child: never the other way round.
    expect(counted).toBeGreaterThanOrEqual(told);
    expect(counted).toBeLessThanOrEqual(told + kills + 3);
    // Live gauges are those of three children, each told from the others, and gone with them.
    expect(level).toEqual(['level 3']);
    expect(new Set(own).size).toBe(3);
    expect(left).toEqual([]);
  }, 120_000);
});

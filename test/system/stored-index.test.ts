import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { createTicketHistory } from '../../src/connectors/index.js';
import { wordOf } from '../support/hostile-histories.js';
import { redisOfFile } from '../support/of-file.js';
import { temporaryFolder } from '../support/opened.js';
import { until } from '../support/service.js';

/** The index of resolved tickets of the built service: several processes, and kills. */

const ticketCount = 6000;
const redis = redisOfFile();
let dataDir: string;

beforeAll(async () => {
  const history = createTicketHistory(redis.client);
  for (let first = 0; first < ticketCount; first += 500) {
    await Promise.all(
      Array.from({ length: 500 }, (_, i) => {
        const number = first + i;
        const text = Array.from({ length: 60 }, (_, j) => wordOf((number * 31 + j * j) % 5000)).join(' ');
        return history.upsert('acme', {
          ticketId: `T${number}`,
          subject: `VPN unique${number}`,
          description: text,
          resolution: 'Raised the rekey interval.',
          resolvedAt: '2026-10-01T12:00:00Z',
          tags: [],
        });
      }),
    );
  }
});
beforeEach(() => {
  dataDir = temporaryFolder();
});

const outputSchema = z.object({
  ids: z.array(z.string()),
  used: z.number(),
  told: z.array(z.string()),
  longestMs: z.number(),
});

function start(subject = 'VPN unique5999') {
  const child = spawn(process.execPath, ['test/system/index-program.mjs', redis.url, dataDir, subject]);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (errors += String(chunk)));
  const ended = once(child, 'close').then(() => {
    if (output === '' && child.signalCode === null) throw new Error(errors);
    return output;
  });
  return {
    kill: () => child.kill('SIGKILL'),
    ended,
    found: async () => outputSchema.parse(JSON.parse(await ended)),
  };
}

const folder = (): string => join(dataDir, 'index', 'acme');
const files = (): string[] => (existsSync(folder()) ? readdirSync(folder()) : []);

describe('the stored index', () => {
  it('is built by one of two processes and used by both, and neither blocks its loop', async () => {
    let blockedMs = Number.POSITIVE_INFINITY;
    // A busy machine makes a run slower; what blocks for too long does so in each.
    for (let run = 0; run < 4 && blockedMs > 50; run++) {
      rmSync(folder(), { recursive: true, force: true });
      const found = await Promise.all([start(), start()].map((one) => one.found()));
      for (const { ids, used, told } of found) {
        expect(ids).toContain('T5999');
        expect([used, told]).toEqual([ticketCount, []]);
      }
      blockedMs = Math.min(blockedMs, Math.max(...found.map(({ longestMs }) => longestMs)));
    }
    expect(blockedMs).toBeLessThanOrEqual(50);
    const { parts } = z
      .object({ parts: z.array(z.object({ file: z.string() })) })
      .parse(JSON.parse(readFileSync(join(folder(), 'manifest.json'), 'utf8')));
    expect(files().sort()).toEqual(['manifest.json', ...parts.map(({ file }) => file)].sort());
  });

  it('survives kills at any moment of its building', async () => {
    for (let kill = 0; kill < 6; kill++) {
      const one = start();
      // Each time a little further: before the first file, while it is written, and while it is merged with others.
      await until('the process writes', async () => files().length >= Math.min(kill, 2), 60_000);
      await new Promise((resolve) => setTimeout(resolve, kill * 40));
      one.kill();
      await one.ended;
    }
    const { ids, used, told } = await start('VPN unique17').found();
    expect(ids).toContain('T17');
    expect([used, told]).toEqual([ticketCount, []]);
    expect(files().filter((name) => !/^manifest\.json$|\.segment$/.test(name))).toEqual([]);
  }, 180_000);

  it('is in memory where no files can be written, and this is told', async () => {
    writeFileSync(join(dataDir, 'index'), 'a file in the place of the folder');
    const { ids, used, told } = await start().found();
    expect(ids).toContain('T5999');
    expect(used).toBe(ticketCount);
    expect(told).toEqual([expect.stringContaining(`cannot be written in ${dataDir}`)]);
  });
});

describe('the thread that searches', () => {
  it('fails the searches under way when it ends, and is there again for the next one', async () => {
    const file = join(dataDir, 'end-thread');
    writeFileSync(file, '');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', './test/system/end-context-thread.mjs', 'test/system/ended-thread-program.mjs', redis.url, dataDir],
      { env: { ...process.env, END_THREAD: file } },
    );
    const ended = expect.stringMatching(/^SOURCE_UNREADABLE: The thread that searches for context has ended\./);
    expect(JSON.parse(stdout)).toEqual({ failed: [ended, ended], ids: expect.arrayContaining(['T17']) });
  });
});

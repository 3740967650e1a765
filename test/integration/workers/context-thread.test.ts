import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readInventory } from '../../../src/connectors/index.js';
import { createInventorySource } from '../../../src/enhancement/note-engine.js';
import type * as workers from '../../../src/workers/index.js';
import { startRedis, type TestRedis } from '../../support/redis.js';
import { ticketJob } from '../../support/worker.js';

/** A thread begins with a file of the built service. */
const built = new URL('../../../dist/workers/index.js', import.meta.url).href;

describe('the thread that searches for context', () => {
  let redis: TestRedis;
  let host: workers.ContextHost;
  const dataDir = mkdtempSync(join(tmpdir(), 'te-context-'));

  beforeAll(async () => {
    redis = await startRedis();
    const { startContextThread } = (await import(built)) as typeof workers;
    const events = { filesRead: () => undefined, indexFailed: () => undefined };
    host = startContextThread({ redisUrl: redis.url, dataDir, tenantIds: ['acme'] }, events);
  });

  afterAll(async () => {
    await host.end();
    await redis.stop();
    rmSync(dataDir, { recursive: true });
  });

  it('finds what a search in this process finds, with everything that is known of it', async () => {
    const { signal } = new AbortController();
    const path = resolve('demo/acme/inventory.yaml');
    const ticket = ticketJob({ subject: 'vpn-gw-01', description: 'Is room-birch free?' });
    const own = await createInventorySource(async (use) => void (await readInventory(path, use))).search(
      ticket,
      signal,
    );
    expect(own.map(({ status, owner }) => [status, owner])).toEqual(
      expect.arrayContaining([
        ['in service', 'Network'],
        ['in repair', 'Workplace'],
      ]),
    );
    const source = host.sourcesOf({ id: 'acme', inventory: { path } }).find(({ name }) => name === 'inventory');
    expect(await source?.search(ticket, signal)).toEqual(own);
  });
});

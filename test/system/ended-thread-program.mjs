/** Searches twice at once in a thread that ends, then once more, and prints what came of each. */
import { rmSync } from 'node:fs';
import { startContextThread } from '../../dist/workers/index.js';

const [, , redisUrl = '', dataDir = ''] = process.argv;
const host = startContextThread(
  { redisUrl, dataDir, tenantIds: ['acme'] },
  { filesRead: () => undefined, indexFailed: () => undefined },
);
const [source] = host.sourcesOf({ id: 'acme' });
const ticket = { tenantId: 'acme', ticketId: 'asked', priority: 'low', createdAt: '2026-11-23T10:00:00Z' };
const search = (subject) => source?.search({ ...ticket, subject, description: '' }, AbortSignal.timeout(60_000));

// The thread alone keeps no process alive.
const alive = setInterval(() => undefined, 1000);
const failed = await Promise.allSettled([search('VPN unique1'), search('VPN unique2')]);
rmSync(process.env['END_THREAD'] ?? '');
const found = await search('VPN unique17');
await host.end();
clearInterval(alive);
console.log(
  JSON.stringify({
    failed: failed.map(({ reason }) => `${reason?.code}: ${reason?.message}`),
    ids: found?.map(({ id }) => id),
  }),
);

/** Searches the history of a tenant as a worker of the built service does, and prints what it found and what was told. */
import { startContextThread } from '../../dist/workers/index.js';

const [, , redisUrl = '', dataDir = '', subject = ''] = process.argv;
const told = [];
const host = startContextThread(
  { redisUrl, dataDir, tenantIds: ['acme'] },
  { filesRead: () => undefined, indexFailed: (_, why) => told.push(why) },
);
const [source] = host.sourcesOf({ id: 'acme' });
const ticket = {
  tenantId: 'acme',
  ticketId: 'asked',
  description: '',
  priority: 'low',
  createdAt: '2026-11-23T10:00:00Z',
};
let longestMs = 0;
let active = performance.eventLoopUtilization().active;
const turns = setInterval(() => {
  const now = performance.eventLoopUtilization().active;
  longestMs = Math.max(longestMs, now - active);
  active = now;
}, 1);
const found = await source?.search({ ...ticket, subject }, AbortSignal.timeout(120_000));
clearInterval(turns);
await host.end();
console.log(JSON.stringify({ ids: found?.map(({ id }) => id), used: source?.documents().used, told, longestMs }));
